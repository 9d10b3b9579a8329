package io.streamviews.post;

import static io.streamviews.projection.ColumnType.BIGINT;
import static io.streamviews.projection.ColumnType.TEXT;
import static io.streamviews.projection.ColumnType.TIMESTAMPTZ;
import static java.time.ZoneOffset.UTC;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.streamviews.eventlog.MalformedEventException;
import io.streamviews.projection.BaseView;
import io.streamviews.projection.Change;
import io.streamviews.projection.Column;
import io.streamviews.user.RecordKey;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;

/**
 * {@code post_view}: the posts as they are now, without their authors' data: {@code post_with_author} joins those when
 * it is read, so that a change of a user costs the same however many posts the user has.
 */
@Singleton
public final class PostView implements BaseView<PostEvent> {

    private static final ObjectMapper JSON = new ObjectMapper();

    static final String TABLE = "post_view";

    private final String topic;

    public PostView(PostEntity posts) {
        this.topic = posts.topic();
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
    public Column<PostEvent> key() {
        return new Column<>("post_id", BIGINT, PostEvent::postId);
    }

    @Override
    public List<Column<PostEvent>> columns() {
        return List.of(
                new Column<>("title", TEXT, e -> e.post().title()),
                new Column<>("content", TEXT, e -> e.post().content()),
                new Column<>("author_id", BIGINT, e -> e.post().authorId()),
                new Column<>(
                        "created_at", TIMESTAMPTZ, e -> e.post().createdAt().atOffset(UTC)),
                new Column<>(
                        "updated_at", TIMESTAMPTZ, e -> e.post().updatedAt().atOffset(UTC)));
    }

    @Override
    public Change<PostEvent> read(byte[] key, byte[] value) {
        long authorId = RecordKey.id(key);
        if (value == null) {
            throw new MalformedEventException(
                    "A tombstone for author " + authorId + " does not say which post it means");
        }
        PostEvent event = PostEvent.CODEC.decode(value);
        RecordKey.check("post.authorId", authorId, event.post().authorId());
        return event.eventType() == PostEvent.Type.POST_DELETED
                ? new Change.Delete<>(event.postId(), event.version())
                : new Change.Upsert<>(event.postId(), event.version(), event);
    }

    /**
     * The record's key is the author's: which post is meant, only the event says, if it is JSON. One under another key than
     * its author's may stand in another partition than the post's other events: their offsets cannot be compared.
     */
    @Override
    public Object rowOf(byte[] key, byte[] value) {
        try {
            JsonNode event = value == null ? MissingNode.getInstance() : JSON.readTree(value);
            JsonNode postId = event.path("postId");
            JsonNode authorId = event.path("post").path("authorId");
            boolean isOne = isLong(postId) && isLong(authorId) && authorId.longValue() == RecordKey.id(key);
            return isOne ? postId.longValue() : null;
        } catch (IOException | MalformedEventException unknown) {
            return null;
        }
    }

    private static boolean isLong(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong();
    }
}
