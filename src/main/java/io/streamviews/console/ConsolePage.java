package io.streamviews.console;

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
 * {@code /}: the console, and links to what a person can look at in this configuration. It has no data in it, so everybody may
 * have it. A browser runs no script in it but our files, and the one that tells where they find their modules, which is
 * therefore known by its digest.
 */
@ApplicationScoped
class ConsolePage {

    private static final String TYPE = "text/html";
    private static final String POLICY =
            "default-src 'none'; script-src 'self' '%s'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String PAGE =
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>Streamviews</title>
            <link rel="icon" type="image/svg+xml" href="/console/icon.svg">
            <link rel="stylesheet" href="/console/console.css">
            <script type="importmap">%s</script>
            <script type="module" src="/console/console.js"></script>
            </head>
            <body>
            <sv-console><noscript><h1>Streamviews</h1><p>This page needs scripts.</p></noscript></sv-console>
            <footer>
            <ul>
            %s
            </ul>
            <p data-say="links.token">Where access is limited, all but health and problem types need a token with the role reader.</p>
            </footer>
            </body>
            </html>
            """;

    private final String page;
    private final String policy;

    private record Link(String address, String name, String text) {

        String html() {
            return "<li><a href=\"%1$s\">%1$s</a> <span data-say=\"links.%2$s\">%3$s</span></li>"
                    .formatted(address, name, text);
        }
    }

    ConsolePage(ImportMap modules, @ConfigProperty(name = "streamviews.views.enabled") boolean views) {
        page = PAGE.formatted(
                modules.json(), links(views).stream().map(Link::html).collect(Collectors.joining("\n")));
        policy = POLICY.formatted(modules.digest());
    }

    void register(@Observes Router router) {
        router.route("/").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::answer);
    }

    private static List<Link> links(boolean views) {
        List<Link> links = new ArrayList<>();
        if (views) {
            links.add(new Link("/api/views", "views", "the views that can be read, and how far they are"));
        }
        if (LaunchMode.current() != LaunchMode.NORMAL) {
            links.add(new Link("/q/swagger-ui", "swagger", "the API, to try it"));
        }
        links.add(new Link("/q/openapi?format=json", "openapi", "the API as OpenAPI"));
        links.add(new Link("/q/asyncapi", "asyncapi", "the events that are published, as AsyncAPI"));
        links.add(new Link("/q/health", "health", "whether all is well"));
        links.add(new Link("/q/metrics", "metrics", "metrics for Prometheus"));
        links.add(new Link("/problems", "problems", "what problems can be answered, and what helps"));
        return links;
    }

    private void answer(RoutingContext routing) {
        if (!MediaTypes.accepts(routing.request(), TYPE)) {
            Problem.of(406, "The answer is " + TYPE).answer(routing.request());
            return;
        }
        routing.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, TYPE + ";charset=UTF-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("Content-Security-Policy", policy)
                .end(page);
    }
}
