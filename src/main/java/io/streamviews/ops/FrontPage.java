package io.streamviews.ops;

import io.quarkus.runtime.LaunchMode;
import io.streamviews.rest.MediaTypes;
import io.streamviews.rest.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * {@code /}: links to what a person can look at in this configuration, and nothing else, so that everybody may have it. It has
 * neither scripts nor styles, and takes nothing from anywhere.
 */
@ApplicationScoped
class FrontPage {

    private static final String TYPE = "text/html";
    private static final String POLICY =
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String PAGE =
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <title>Streamviews</title>
            </head>
            <body>
            <h1>Streamviews</h1>
            <ul>
            %s
            </ul>
            <p>Where access is limited, all but health and problem types need a token with the role reader.</p>
            </body>
            </html>
            """;

    private final String page;

    private record Link(String address, String text) {

        String html() {
            return "<li><a href=\"%1$s\">%1$s</a>: %2$s</li>".formatted(address, text);
        }
    }

    FrontPage(@ConfigProperty(name = "streamviews.views.enabled") boolean views) {
        page = PAGE.formatted(links(views).stream().map(Link::html).collect(Collectors.joining("\n")));
    }

    void register(@Observes Router router) {
        router.route("/").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::answer);
    }

    private static List<Link> links(boolean views) {
        List<Link> links = new ArrayList<>();
        if (views) {
            links.add(new Link("/api/views", "the views that can be read, and how far they are"));
        }
        if (LaunchMode.current() != LaunchMode.NORMAL) {
            links.add(new Link("/q/swagger-ui", "the API, to try it"));
        }
        links.add(new Link("/q/openapi?format=json", "the API as OpenAPI"));
        links.add(new Link("/q/asyncapi", "the events that are published, as AsyncAPI"));
        links.add(new Link("/q/health", "whether all is well"));
        links.add(new Link("/q/metrics", "metrics for Prometheus"));
        links.add(new Link("/problems", "what problems can be answered, and what helps"));
        return links;
    }

    private void answer(RoutingContext routing) {
        if (!MediaTypes.accepts(routing.request(), TYPE)) {
            Problem.of(406, "The answer is " + TYPE).answer(routing.request());
            return;
        }
        routing.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, TYPE + ";charset=UTF-8")
                .putHeader("Content-Security-Policy", POLICY)
                .end(page);
    }
}
