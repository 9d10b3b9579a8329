package io.streamviews.access;

import io.streamviews.rest.Problem;
import io.streamviews.rest.ProblemType;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses what a page of another site has a browser do. A state change is refused if the browser says that it comes from
 * elsewhere (Fetch Metadata's {@code Sec-Fetch-Site}; {@code Origin}, RFC 6454, of older ones), any request if it is
 * for a host that is not ours: the name of a page whose address was made to be ours (DNS rebinding). Clients that are no
 * browsers send neither.
 */
@Singleton
class BrowserGuard {

    private static final String FETCH_SITE = "Sec-Fetch-Site";
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+");
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final Set<String> hosts;
    private final Set<String> origins;

    BrowserGuard(
            @ConfigProperty(name = "streamviews.http.allowed-hosts") Optional<Set<String>> hosts,
            @ConfigProperty(name = "streamviews.http.allowed-origins") Optional<Set<String>> origins) {
        this.hosts = hosts.orElse(Set.of());
        this.origins = origins.orElse(Set.of());
    }

    /** Null if there is nothing against it. */
    Problem refuse(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        if (authority != null && !isOurs(authority.host().toLowerCase(Locale.ROOT))) {
            return Problem.of(421, "The Host is none of this application; streamviews.http.allowed-hosts names them");
        }
        return Operations.isSafe(request.method().name()) || isOwnPage(request, authority)
                ? null
                : Problem.of(ProblemType.OTHER_SITE, "A page of another site may not change anything here");
    }

    private boolean isOwnPage(HttpServerRequest request, HostAndPort authority) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null && origins.contains(origin)) {
            return true;
        }
        String site = request.getHeader(FETCH_SITE);
        if (site != null) {
            return OWN_SITES.contains(site);
        }
        return origin == null || authority != null && isOf(origin, authority, request.isSSL());
    }

    /** A proxy may have taken TLS off; but what comes with TLS is no page without it, which anybody on the way can change. */
    private static boolean isOf(String origin, HostAndPort authority, boolean secure) {
        try {
            URI sent = URI.create(origin);
            String own = authority.host() + (authority.port() < 0 ? "" : ":" + authority.port());
            return own.equalsIgnoreCase(sent.getAuthority()) && (!secure || "https".equalsIgnoreCase(sent.getScheme()));
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    /** Names that nobody outside can give an address: addresses themselves, names without a dot, and reserved ones. */
    private boolean isOurs(String host) {
        return hosts.contains(host)
                || host.startsWith("[")
                || ADDRESS.matcher(host).matches()
                || !host.contains(".")
                || host.endsWith(".localhost")
                || host.endsWith(".internal")
                || host.endsWith(".local")
                || host.endsWith(".svc");
    }
}
