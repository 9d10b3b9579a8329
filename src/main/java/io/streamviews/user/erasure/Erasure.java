package io.streamviews.user.erasure;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/**
 * An erasure as it was last heard of; from {@link ErasureState#COMPACTING} on, the certificate that a person was forgotten.
 *
 * @param waitsFor what it waits for, or why an attempt broke off
 * @param erasedAt when nothing was left but what {@code remains} names
 * @param topicsCleanAt when the topic was looked through, and had nothing any more
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Erasure(
        long id,
        String subject,
        ErasureState state,
        String requestedBy,
        Instant requestedAt,
        String waitsFor,
        Instant erasedAt,
        List<Erased> erased,
        Instant topicsCleanAt,
        List<Remains> remains) {

    /**
     * What was erased.
     *
     * @param place a table, or the part of it that is meant
     */
    @RegisterForReflection
    public record Erased(String place, long count) {}

    /**
     * What is not erased, or not yet.
     *
     * @param until when it is gone at the latest; absent if nobody here can say
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Remains(String place, Instant until, String why) {}
}
