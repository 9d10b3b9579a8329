package io.streamviews.post;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.eventlog.Event;
import io.streamviews.eventlog.EventCodec;
import io.streamviews.eventlog.MalformedEventException;
import java.time.Instant;

/**
 * Something that happened to a post; the record's key on the topic is the author's id as text, so that a user and the
 * user's posts are in the same partition number.
 *
 * @param post the state after the event; with {@code POST_DELETED} the last one
 */
@RegisterForReflection
public record PostEvent(
        @JsonProperty(required = true) Type eventType,
        @JsonProperty(required = true) long postId,
        @JsonProperty(required = true) PostData post,
        @JsonProperty(required = true) Instant timestamp,
        @JsonProperty(required = true) long version) {

    /** The aggregate's name in the event log. */
    public static final String AGGREGATE = "post";

    public static final EventCodec<PostEvent> CODEC = EventCodec.of(PostEvent.class);

    public enum Type {
        POST_CREATED,
        POST_UPDATED,
        POST_DELETED
    }

    public PostEvent {
        if (eventType == null || timestamp == null || post == null) {
            throw new MalformedEventException(
                    "eventType, timestamp and post must be set, found " + eventType + ", " + timestamp + ", " + post);
        }
        if (post.id() != postId) {
            throw new MalformedEventException("post.id: expected " + postId + " as in postId, found " + post.id());
        }
        if (version < 0) {
            throw new MalformedEventException("version: must not be negative, found " + version);
        }
    }

    /** The entry for the event log. */
    public Event toEvent() {
        return new Event(
                new Event.Aggregate(AGGREGATE, postId, version),
                eventType.name(),
                Long.toString(post.authorId()),
                CODEC.encode(this),
                timestamp);
    }
}
