package io.streamviews.rest;

import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Response;
import java.util.function.Supplier;

/**
 * What a request expects of the entity it is meant for, by its version's or its content's tag (RFC 9110, 13.1). A client
 * that asks for protection gets it, or is refused.
 *
 * @param match one of these must be the tag; null if the request does not say
 * @param noneMatch none of these may be the tag; null if the request does not say
 */
public record Precondition(EntityTags match, EntityTags noneMatch) {

    /** For a command. @throws RefusedException (412) if the version is not as expected */
    public void check(long version) {
        EntityTag tag = Representations.tag(version);
        checkMatch(tag);
        if (noneMatch != null && noneMatch.listWeakly(tag)) {
            throw RefusedException.stale(ConditionalHeaders.IF_NONE_MATCH, tag);
        }
    }

    /**
     * For a read: 304 if the client has this already, else the answer with its tag.
     *
     * @throws RefusedException (412) if the client wants another one
     */
    Response answer(EntityTag tag, Supplier<Response.ResponseBuilder> answer) {
        checkMatch(tag);
        return noneMatch != null && noneMatch.listWeakly(tag)
                ? Response.notModified(tag).build()
                : answer.get().tag(tag).build();
    }

    private void checkMatch(EntityTag tag) {
        if (match != null && !match.listStrongly(tag)) {
            throw RefusedException.stale(ConditionalHeaders.IF_MATCH, tag);
        }
    }
}
