package io.streamviews.consistency;

import io.streamviews.rest.Preferences;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Answers commands without the entity if the client prefers that ({@code return=minimal}), and says which preferences have been
 * honoured (RFC 7240), and of which headers an answer depends, so that no cache gives it to who has sent others.
 */
public class PreferenceFilter {

    private static final String WAITED = PreferenceFilter.class.getName();
    private static final String REPRESENTATION = "representation";

    private final Pattern paths;

    PreferenceFilter(ConsistencyConfig config) {
        this.paths = Pattern.compile(config.paths(), Pattern.DOTALL);
    }

    /** To be called when a request is given as many seconds as it would like to wait. */
    static void waits(ContainerRequestContext request, long seconds) {
        request.setProperty(WAITED, "wait=" + seconds);
    }

    @ServerResponseFilter
    public void answer(ContainerRequestContext request, ContainerResponseContext response) {
        List<String> applied = new ArrayList<>();
        List<String> vary = new ArrayList<>();
        if (ConsistencyFilter.reads(paths, request.getUriInfo().getPath(), request.getMethod())) {
            vary.add(ConsistencyToken.HEADER);
            Optional.ofNullable(request.getProperty(WAITED))
                    .map(Object::toString)
                    .ifPresent(applied::add);
        }
        if (response.getHeaders().containsKey(ConsistencyToken.HEADER)
                && !request.getMethod().equals(HttpMethod.DELETE)) {
            vary.add(Preferences.HEADER);
            boolean isBrief = Preferences.areBrief(request.getHeaders());
            if (isBrief) {
                leaveOut(response);
            }
            Preferences.of(request.getHeaders(), Preferences.RETURN)
                    .filter(how -> isBrief || how.equals(REPRESENTATION) && response.hasEntity())
                    .ifPresent(how -> applied.add(Preferences.RETURN + "=" + how));
        }
        put(response, HttpHeaders.VARY, vary);
        put(response, Preferences.APPLIED, applied);
    }

    private static void leaveOut(ContainerResponseContext response) {
        response.setEntity(null);
        response.getHeaders().remove(HttpHeaders.CONTENT_TYPE);
        if (response.getStatus() == Status.OK.getStatusCode()) {
            response.setStatusInfo(Status.NO_CONTENT);
        }
    }

    private static void put(ContainerResponseContext response, String header, List<String> values) {
        if (!values.isEmpty()) {
            response.getHeaders().add(header, String.join(", ", values));
        }
    }
}
