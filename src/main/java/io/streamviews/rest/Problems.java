package io.streamviews.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.streamviews.event.BusyException;
import io.streamviews.event.ConflictException;
import io.streamviews.rest.Problem.Violation;
import io.vertx.pgclient.PgException;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Comparator;
import java.util.List;
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
        Response answer = refusal.problem().toResponse();
        return answer.getStatus() == 503
                ? Response.fromResponse(answer)
                        .header(HttpHeaders.RETRY_AFTER, 1)
                        .build()
                : answer;
    }

    @ServerExceptionMapper
    public Response invalid(ConstraintViolationException invalid) {
        return Problem.of(invalid.getConstraintViolations().stream()
                        .map(Problems::violation)
                        .sorted(Comparator.comparing(Violation::field).thenComparing(Violation::message))
                        .toList())
                .toResponse();
    }

    @ServerExceptionMapper
    public Response notJson(JsonProcessingException malformed) {
        if (malformed instanceof JsonMappingException mapping
                && malformed.getCause() instanceof InputCoercionException) {
            return Problem.of(List.of(new Violation(field(mapping), "is out of range")))
                    .toResponse();
        }
        return Problem.of(400, "The body is not JSON: " + malformed.getOriginalMessage() + at(malformed))
                .toResponse();
    }

    @ServerExceptionMapper
    public Response wrongType(MismatchedInputException mismatch) {
        return Problem.of(List.of(new Violation(field(mismatch), expected(mismatch.getTargetType()))))
                .toResponse();
    }

    @ServerExceptionMapper
    public Response fromTheFramework(WebApplicationException e) {
        if (e.getCause() instanceof MismatchedInputException mismatch) {
            return wrongType(mismatch);
        }
        if (e.getCause() instanceof JsonProcessingException malformed) {
            return notJson(malformed);
        }
        int status = e.getResponse().getStatus();
        return Problem.of(status, detail(status)).toResponse();
    }

    @ServerExceptionMapper
    public Response conflict(ConflictException conflict) {
        return Problem.of(409, conflict.getMessage()).toResponse();
    }

    @ServerExceptionMapper
    public Response busy(BusyException busy) {
        return refused(RefusedException.unavailable(busy.getMessage()));
    }

    @ServerExceptionMapper
    public Response unexpected(Throwable failure) {
        Optional<String> away = ServerAway.named(failure);
        if (away.isPresent()) {
            LOG.debug("A request found a server away", failure);
            return Response.fromResponse(
                            Problem.of(503, away.get() + " cannot be reached").toResponse())
                    .header(HttpHeaders.RETRY_AFTER, 1)
                    .build();
        }
        if (failure instanceof PgException refused && isRefusedValue(refused)) {
            return Problem.of(400, "The request holds a value that cannot be looked up")
                    .toResponse();
        }
        LOG.error("A request failed", failure);
        return Problem.of(500, "Something went wrong here; the log says what").toResponse();
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
        } else if (failure instanceof MismatchedInputException mismatch) {
            answer = problems.wrongType(mismatch);
        } else if (failure instanceof JsonProcessingException malformed) {
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

    private static String field(JsonMappingException e) {
        String path = e.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .collect(Collectors.joining("."));
        return path.isEmpty() ? "body" : path;
    }

    private static String expected(Class<?> type) {
        if (type == null) {
            return "has the wrong type";
        }
        if (type == String.class) {
            return "must be a text";
        }
        return Number.class.isAssignableFrom(type) || type.isPrimitive()
                ? "must be a whole number"
                : "must be a JSON object";
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    private static String detail(int status) {
        return switch (status) {
            case 400 -> "The request cannot be understood";
            case 404 -> "There is nothing here";
            case 405 -> "This method is not allowed here";
            case 406 -> "The answer is application/json, which the Accept header does not allow";
            case 413 -> "The body is too large";
            case 415 -> "The body must be application/json";
            default -> null;
        };
    }
}
