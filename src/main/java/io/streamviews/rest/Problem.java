package io.streamviews.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.core.Response;
import java.util.List;

/**
 * What every error is answered with: a problem document (RFC 9457). Its type is {@code about:blank}, that is, the status
 * says what kind of problem it is.
 *
 * @param detail what is wrong with this very request, for a person to read
 * @param violations each field that breaks a rule; absent if the problem is none of single fields
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(String title, int status, String detail, List<Violation> violations) {

    public static final String MEDIA_TYPE = "application/problem+json";

    /** A field by its name in the request ({@code body} for the body as a whole), and the rule it breaks. */
    @RegisterForReflection
    public record Violation(String field, String message) {}

    static Problem of(int status, String detail) {
        return new Problem(title(status), status, detail, null);
    }

    static Problem of(List<Violation> violations) {
        String detail = violations.size() == 1
                ? violations.get(0).field() + " " + violations.get(0).message()
                : violations.size() + " fields break a rule";
        return new Problem(title(400), 400, detail, violations);
    }

    Response toResponse() {
        return Response.status(status).type(MEDIA_TYPE).entity(this).build();
    }

    private static String title(int status) {
        Response.Status known = Response.Status.fromStatusCode(status);
        return known != null ? known.getReasonPhrase() : status == 422 ? "Unprocessable Content" : "Error";
    }
}
