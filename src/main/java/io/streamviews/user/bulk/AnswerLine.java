package io.streamviews.user.bulk;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.streamviews.rest.Problem;

/** A line of the answer to a stream of users; its member {@code type} says which kind. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
@JsonInclude(JsonInclude.Include.NON_NULL)
sealed interface AnswerLine {

    /** A line that is no user; lines count from 1. */
    @RegisterForReflection
    record Rejected(long line, Problem problem) implements AnswerLine {}

    /** What has been committed so far; with the token that makes a read see it. */
    @RegisterForReflection
    record Progress(long lines, long accepted, long rejected, Long firstId, Long lastId, String consistencyToken)
            implements AnswerLine {}

    /** The last line: everything has been read and committed. */
    @RegisterForReflection
    record Summary(long lines, long accepted, long rejected, Long firstId, Long lastId, String consistencyToken)
            implements AnswerLine {}

    /** The last line: it broke off, and what has been committed so far stays. */
    @RegisterForReflection
    record Failure(
            long lines,
            long accepted,
            long rejected,
            Long firstId,
            Long lastId,
            String consistencyToken,
            Problem problem)
            implements AnswerLine {}
}
