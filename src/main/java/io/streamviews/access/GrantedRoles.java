package io.streamviews.access;

import io.quarkus.oidc.TokenIntrospection;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.ConfigProvider;

/** What a client may do, for those who tell it so, and until when, for those who let it do that for long. */
public final class GrantedRoles {

    /** Of an identity that a token in itself speaks of, in seconds; 0 if it has no end. */
    private static final String EXPIRY = "quarkus.identity.expire-time";

    /** What the provider has said of a token that says nothing by itself (RFC 7662). */
    private static final String INTROSPECTION = "introspection";

    private GrantedRoles() {}

    /** Of a request that has passed. */
    public static Set<Role> of(RoutingContext request) {
        Set<Role> roles = EnumSet.allOf(Role.class);
        roles.removeIf(role -> role == Role.ANYONE || !Access.roles(request).test(role.text()));
        return roles;
    }

    /** When the token expires that a request has passed with; empty if it has none, or one without an end. */
    public static Optional<Instant> until(RoutingContext request) {
        if (!(request.user() instanceof QuarkusHttpUser user)) {
            return Optional.empty();
        }
        SecurityIdentity identity = user.getSecurityIdentity();
        Long expiry = identity.getAttribute(EXPIRY);
        if (expiry == null && identity.getAttribute(INTROSPECTION) instanceof TokenIntrospection told) {
            expiry = told.getLong("exp");
        }
        return Optional.ofNullable(expiry).filter(seconds -> seconds > 0).map(seconds -> Instant.ofEpochSecond(seconds)
                .plusSeconds(grace()));
    }

    /** Seconds for which a token that has expired is still taken; who was sent away by then would come back with it. */
    private static int grace() {
        return ConfigProvider.getConfig()
                .getOptionalValue("quarkus.oidc.token.lifespan-grace", Integer.class)
                .orElse(0);
    }
}
