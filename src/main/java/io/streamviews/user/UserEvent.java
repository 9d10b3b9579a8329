package io.streamviews.user;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventCodec;
import io.streamviews.eventlog.MalformedEventException;
import java.time.Instant;

/**
 * Something that happened to a user; the record's key on the topic is the user's id as text.
 *
 * @param user the state after the event; {@code null} with {@code USER_DELETED}, which says nothing of the person. Older
 *     releases and other producers may give the last state there
 * @param version ascends with every event of a user, from 1 where we wrote it
 */
@RegisterForReflection
public record UserEvent(
        @JsonProperty(required = true) Type eventType,
        @JsonProperty(required = true) long userId,
        @JsonInclude(JsonInclude.Include.NON_NULL) UserData user,
        @JsonProperty(required = true) Instant timestamp,
        @JsonProperty(required = true) long version) {

    /** The aggregate's name in the event log. */
    public static final String AGGREGATE = "user";

    public static final EventCodec<UserEvent> CODEC = EventCodec.of(UserEvent.class);

    public enum Type {
        USER_CREATED,
        USER_UPDATED,
        USER_DELETED
    }

    public UserEvent {
        if (eventType == null || timestamp == null) {
            throw new MalformedEventException(
                    "eventType and timestamp must be set, found " + eventType + ", " + timestamp);
        }
        if (user == null && eventType != Type.USER_DELETED) {
            throw new MalformedEventException("user: is missing");
        }
        if (user != null && user.id() != userId) {
            throw new MalformedEventException("user.id: expected " + userId + " as in userId, found " + user.id());
        }
        if (version < 0) {
            throw new MalformedEventException("version: must not be negative, found " + version);
        }
    }

    /** That a user is no more; of the person it says nothing. */
    static UserEvent deleted(long id, Instant time, long version) {
        return new UserEvent(Type.USER_DELETED, id, null, time, version);
    }

    /** What an entry of the event log says. */
    static UserEvent of(Event event) {
        return CODEC.decode(event.payload().getBytes(UTF_8));
    }

    /** The entry for the event log. */
    public Event toEvent() {
        return new Event(
                new Event.Aggregate(AGGREGATE, userId, version),
                eventType.name(),
                Long.toString(userId),
                CODEC.encode(this),
                timestamp);
    }
}
