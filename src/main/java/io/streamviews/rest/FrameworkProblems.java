package io.streamviews.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Set;
import java.util.stream.IntStream;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns what Quarkus and Vert.x refuse by themselves into problem documents, in the REST resources and beside them. */
public class FrameworkProblems {

    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int SERVER_ERROR = 500;

    private final AllowedMethods allowed;

    FrameworkProblems(AllowedMethods allowed) {
        this.allowed = allowed;
    }

    /** Also where there is a route of Vert.x for another method, of which the REST resources do not know. */
    @ServerExceptionMapper
    public Response refused(WebApplicationException e, ContainerRequestContext request) {
        if (e.getCause() instanceof JsonProcessingException malformed) {
            return NotJson.problem(malformed).toResponse();
        }
        int status = e.getResponse().getStatus();
        if (status == NOT_FOUND || status == NOT_ALLOWED) {
            Set<String> methods = allowed.at(request.getUriInfo().getPath());
            if (!methods.isEmpty() && !methods.contains(request.getMethod())) {
                return Response.fromResponse(Problem.of(NOT_ALLOWED).toResponse())
                        .header(HttpHeaders.ALLOW, String.join(", ", methods))
                        .build();
            }
            return Problem.of(NOT_FOUND).toResponse();
        }
        return Problem.of(status).toResponse();
    }

    void register(@Observes Router router) {
        router.route().order(Integer.MIN_VALUE).failureHandler(FrameworkProblems::answer);
        IntStream.range(400, 600).forEach(status -> router.errorHandler(status, FrameworkProblems::answer));
    }

    private static void answer(RoutingContext failed) {
        HttpServerRequest request = failed.request();
        if (request.response().ended()) {
            return;
        }
        if (request.response().headWritten()) {
            request.connection().close();
            return;
        }
        int status = failed.statusCode() < 400 ? SERVER_ERROR : failed.statusCode();
        Problem problem = status == SERVER_ERROR && failed.failure() != null
                ? Problems.describe(failed.failure())
                : Problem.of(status);
        problem.answer(request);
    }
}
