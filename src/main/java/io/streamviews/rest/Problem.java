package io.streamviews.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Set;

/**
 * What every error is answered with: a problem document (RFC 9457).
 *
 * @param type absent, which is {@code about:blank}, if the status says what kind of problem it is
 * @param detail what is wrong with this very request, for a person to read
 * @param violations each field that breaks a rule; absent if the problem is none of single fields
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(ProblemType type, String title, int status, String detail, List<Violation> violations) {

    public static final String MEDIA_TYPE = "application/problem+json";

    private static final Set<Integer> RETRY = Set.of(429, 503);
    private static final int UNKNOWN_CLIENT = 401;
    private static final long LINGER_MS = 5_000;

    /** A field by its name in the request ({@code body} for the body as a whole), and the rule it breaks. */
    @RegisterForReflection
    public record Violation(String field, String message) {}

    public static Problem of(int status, String detail) {
        return new Problem(null, title(status), status, detail, null);
    }

    public static Problem of(ProblemType type, String detail) {
        return new Problem(type, type.title(), type.status(), detail, null);
    }

    /** What can be said of nothing but a status. */
    static Problem of(int status) {
        return of(
                status,
                switch (status) {
                    case 400 -> "The request cannot be understood";
                    case 404 -> "There is nothing here";
                    case 405 -> "This method is not allowed here";
                    case 406 -> "None of what the Accept header allows can be answered";
                    case 413 -> "The body is too large";
                    case 415 -> "The body must be application/json";
                    default ->
                        status < 500
                                ? "The request is refused: " + title(status)
                                : "Something went wrong here; the log says what";
                });
    }

    static Problem of(List<Violation> violations) {
        String detail = violations.size() == 1
                ? violations.get(0).field() + " " + violations.get(0).message()
                : violations.size() + " fields break a rule";
        ProblemType type = ProblemType.INVALID_FIELDS;
        return new Problem(type, type.title(), type.status(), detail, violations);
    }

    Response toResponse() {
        Response.ResponseBuilder answer =
                Response.status(status).type(MEDIA_TYPE).entity(this);
        if (RETRY.contains(status)) {
            answer.header(HttpHeaders.RETRY_AFTER.toString(), 1);
        } else if (status == UNKNOWN_CLIENT) {
            answer.header("WWW-Authenticate", "Bearer");
        }
        return answer.build();
    }

    /** Answers a request outside the REST resources, and {@linkplain #hangUp hangs up}. */
    public void answer(HttpServerRequest request) {
        MultiMap headers = request.response().headers();
        if (RETRY.contains(status) && !headers.contains(HttpHeaders.RETRY_AFTER)) {
            headers.set(HttpHeaders.RETRY_AFTER, "1");
        }
        request.response()
                .putHeader(HttpHeaders.CONNECTION, "close")
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE)
                .end(Json.encode(this))
                .onComplete(sent -> hangUp(request));
    }

    /**
     * Ends a request that has been answered before its body was read. The connection is closed once the rest of the body has
     * come and been thrown away, or after {@value #LINGER_MS} ms: closed at once, it would be reset, and a client that still
     * writes would see that instead of the answer (RFC 9112, 9.6).
     */
    public static void hangUp(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        if (request.isEnded()) {
            connection.close();
            return;
        }
        Vertx vertx = Vertx.currentContext().owner();
        long late = vertx.setTimer(LINGER_MS, elapsed -> connection.close());
        request.exceptionHandler(gone -> vertx.cancelTimer(late))
                .handler(thrownAway -> {})
                .endHandler(read -> {
                    vertx.cancelTimer(late);
                    connection.close();
                })
                .resume();
    }

    private static String title(int status) {
        Response.Status known = Response.Status.fromStatusCode(status);
        return known != null ? known.getReasonPhrase() : status == 422 ? "Unprocessable Content" : "Error";
    }
}
