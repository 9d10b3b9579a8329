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

    /** Quarkus has mappers of its own for some of these. */
    @ServerExceptionMapper({
        RefusedException.class,
        ConstraintViolationException.class,
        JsonProcessingException.class,
        MismatchedInputException.class,
        InvalidDefinitionException.class,
        ConflictException.class,
        BusyException.class,
        Throwable.class
    })
    public Response answer(Throwable failure) {
        return describe(failure).toResponse();
    }

    /** The problem document for a failure, in a REST resource or outside. */
    public static Problem describe(Throwable failure) {
        if (failure instanceof RefusedException refusal) {
            return refusal.problem();
        }
        if (failure instanceof ConstraintViolationException invalid) {
            return Problem.of(invalid.getConstraintViolations().stream()
                    .map(Problems::violation)
                    .sorted(Comparator.comparing(Violation::field).thenComparing(Violation::message))
                    .toList());
        }
        // that a class of ours cannot be read or written is a fault of ours
        if (failure instanceof JsonProcessingException malformed && !(failure instanceof InvalidDefinitionException)) {
            return NotJson.problem(malformed);
        }
        if (failure instanceof ConflictException) {
            return Problem.of(ProblemType.CHANGED_MEANWHILE, failure.getMessage());
        }
        if (failure instanceof BusyException) {
            return Problem.of(ProblemType.BUSY, failure.getMessage());
        }
        return unexpected(failure);
    }

    private static Problem unexpected(Throwable failure) {
        Optional<String> away = ServerAway.named(failure);
        if (away.isPresent()) {
            LOG.debug("A request found a server away", failure);
            return Problem.of(ProblemType.SERVER_AWAY, away.get() + " cannot be reached");
        }
        if (failure instanceof PgException refused && isRefusedValue(refused)) {
            return Problem.of(400, "The request holds a value that cannot be looked up");
        }
        LOG.error("A request failed", failure);
        return Problem.of(500);
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
