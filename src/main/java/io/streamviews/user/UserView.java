package io.streamviews.user;

import static io.streamviews.projection.ColumnType.BIGINT;
import static io.streamviews.projection.ColumnType.TEXT;
import static io.streamviews.projection.ColumnType.TIMESTAMPTZ;
import static java.time.ZoneOffset.UTC;

import io.streamviews.eventlog.MalformedEventException;
import io.streamviews.projection.BaseView;
import io.streamviews.projection.Change;
import io.streamviews.projection.Column;
import jakarta.inject.Singleton;
import java.util.List;

/** {@code user_view}: the users as they are now. A Kafka tombstone deletes its user, too. */
@Singleton
public final class UserView implements BaseView<UserEvent> {

    public static final String TABLE = "user_view";

    private final String topic;

    public UserView(UserEntity users) {
        this.topic = users.topic();
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public String table() {
        return TABLE;
    }

    @Override
    public Column<UserEvent> key() {
        return new Column<>("user_id", BIGINT, UserEvent::userId);
    }

    @Override
    public List<Column<UserEvent>> columns() {
        return List.of(
                new Column<>("name", TEXT, e -> e.user().name()),
                new Column<>("email", TEXT, e -> e.user().email()),
                new Column<>("department", TEXT, e -> e.user().department()),
                new Column<>("status", TEXT, e -> e.user().status().name()),
                new Column<>(
                        "created_at", TIMESTAMPTZ, e -> e.user().createdAt().atOffset(UTC)),
                new Column<>(
                        "updated_at", TIMESTAMPTZ, e -> e.user().updatedAt().atOffset(UTC)));
    }

    @Override
    public Change<UserEvent> read(byte[] key, byte[] value) {
        long id = RecordKey.id(key);
        if (value == null) {
            return new Change.Tombstone<>(id);
        }
        UserEvent event = UserEvent.CODEC.decode(value);
        RecordKey.check("userId", id, event.userId());
        return event.eventType() == UserEvent.Type.USER_DELETED
                ? new Change.Delete<>(id, event.version())
                : new Change.Upsert<>(id, event.version(), event);
    }

    /** Whatever the event says, the record's key is its user's. */
    @Override
    public Object rowOf(byte[] key, byte[] value) {
        try {
            return RecordKey.id(key);
        } catch (MalformedEventException noKey) {
            return null;
        }
    }
}
