package io.streamviews.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.streamviews.eventlog.BusyException;
import io.streamviews.eventlog.ConflictException;
import io.streamviews.rest.Problem.Violation;
import io.vertx.pgclient.PgException;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.ws.rs.core.Response;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Turns everything that goes wrong in a request into a problem document. What the sender can do nothing about says no
 * more than that; the log has the rest.
 */
public class Problems {

    private static final Logger LOG = Logger.getLogger(Problems.class);

    @ServerExceptionMapper
    public Response refused(RefusedException refusal) {
        return refusal.problem().toResponse();
    }

    @ServerExceptionMapper
    public Response invalid(ConstraintViolationException invalid) {
        return Problem.of(invalid.getConstraintViolations().stream()
                        .map(Problems::violation)
                        .sorted(Comparator.comparing(Violation::field).thenComparing(Violation::message))
                        .toList())
                .toResponse();
    }

    /** Quarkus has mappers of its own for the latter. */
    @ServerExceptionMapper({JsonProcessingException.class, MismatchedInputException.class})
    public Response notJson(JsonProcessingException malformed) {
        return NotJson.problem(malformed).toResponse();
    }

    /** A fault of ours; Quarkus has a mapper of its own for it. */
    @ServerExceptionMapper
    public Response undefined(InvalidDefinitionException fault) {
        return unexpected(fault);
    }

    @ServerExceptionMapper
    public Response conflict(ConflictException conflict) {
        return Problem.of(ProblemType.CHANGED_MEANWHILE, conflict.getMessage()).toResponse();
    }

    @ServerExceptionMapper
    public Response busy(BusyException busy) {
        return Problem.of(ProblemType.BUSY, busy.getMessage()).toResponse();
    }

    @ServerExceptionMapper
    public Response unexpected(Throwable failure) {
        Optional<String> away = ServerAway.named(failure);
        if (away.isPresent()) {
            LOG.debug("A request found a server away", failure);
            return Problem.of(ProblemType.SERVER_AWAY, away.get() + " cannot be reached")
                    .toResponse();
        }
        if (failure instanceof PgException refused && isRefusedValue(refused)) {
            return Problem.of(400, "The request holds a value that cannot be looked up")
                    .toResponse();
        }
        LOG.error("A request failed", failure);
        return Problem.of(500).toResponse();
    }

    /** The problem document for a failure outside the REST resources. */
    public static Problem describe(Throwable failure) {
        Problems problems = new Problems();
        Response answer;
        if (failure instanceof RefusedException refusal) {
            answer = problems.refused(refusal);
        } else if (failure instanceof BusyException busy) {
            answer = problems.busy(busy);
        } else if (failure instanceof ConstraintViolationException invalid) {
            answer = problems.invalid(invalid);
        } else if (failure instanceof JsonProcessingException malformed
                && !(failure instanceof InvalidDefinitionException)) {
            answer = problems.notJson(malformed);
        } else {
            answer = problems.unexpected(failure);
        }
        return (Problem) answer.getEntity();
    }

    /** SQLSTATE class 22: a value that PostgreSQL cannot hold, such as U+0000 in a path. */
    private static boolean isRefusedValue(PgException refused) {
        return refused.getSqlState() != null && refused.getSqlState().startsWith("22");
    }

    /** The field as the client knows it: without the method and the parameter that lead to it. */
    private static Violation violation(ConstraintViolation<?> violation) {
        String field = StreamSupport.stream(violation.getPropertyPath().spliterator(), false)
                .filter(node -> node.getKind() == ElementKind.PROPERTY)
                .map(Path.Node::getName)
                .collect(Collectors.joining("."));
        return new Violation(field.isEmpty() ? "body" : field, violation.getMessage());
    }
}
