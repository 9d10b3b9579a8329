package io.streamviews.access;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticator;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.streamviews.rest.BodyLimit;
import io.streamviews.rest.Problem;
import io.streamviews.rest.ProblemType;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Stands before everything that answers, on all ports: REST resources, routes of Vert.x, metrics, whatever is added. A
 * request goes on if it is not another site's, and its client has the role that {@link Operations} says, and those that
 * {@link ViewRoles} does; nothing of its body is read before.
 */
@ApplicationScoped
class Access {

    private static final Logger LOG = Logger.getLogger(Access.class);

    private static final String ROLES = Access.class.getName() + ".roles";

    private final HttpAuthenticator authenticator;
    private final Anonymous anonymous;
    private final BrowserGuard browsers;
    private final ViewRoles views;
    private final ProviderAway away = new ProviderAway();

    Access(HttpAuthenticator authenticator, Anonymous anonymous, BrowserGuard browsers, ViewRoles views) {
        this.authenticator = authenticator;
        this.anonymous = anonymous;
        this.browsers = browsers;
        this.views = views;
    }

    void register(@Observes Router router) {
        router.route().order(BodyLimit.UNLIMITED - 1).handler(this::check);
    }

    private void check(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        Problem foreign = browsers.refuse(request);
        if (foreign != null) {
            foreign.answer(request);
            return;
        }
        Role role = Operations.role(request.method().name(), request.path());
        if (request.getHeader(HttpHeaders.AUTHORIZATION) == null) {
            decide(routing, role, null);
            return;
        }
        // Quarkus holds the body back until somebody reads it, also while a provider is asked who this is
        Uni<SecurityIdentity> identity = authenticator.attemptAuthentication(routing);
        identity.subscribe()
                .with(
                        known -> {
                            if (known == null || known.isAnonymous()) {
                                unauthorized(request, "This token or user is not known here");
                            } else {
                                decide(routing, role, known);
                            }
                        },
                        failure -> {
                            LOG.debug("Authentication failed", failure);
                            if (away.explains(failure)) {
                                Problem.of(ProblemType.SERVER_AWAY, "The identity provider cannot be reached")
                                        .answer(request);
                            } else {
                                unauthorized(request, "This token or user is not known here, or not any more");
                            }
                        });
    }

    /** Of a request that has passed. */
    static boolean isOperator(RoutingContext routing) {
        return roles(routing).test(Role.OPERATOR.text());
    }

    /** Which roles the client of a request has that has passed. */
    static Predicate<String> roles(RoutingContext routing) {
        Predicate<String> roles = routing.get(ROLES);
        return roles == null ? role -> false : roles;
    }

    private void decide(RoutingContext routing, Role role, SecurityIdentity identity) {
        if (identity != null) {
            QuarkusHttpUser.setIdentity(identity, routing);
        }
        HttpServerRequest request = routing.request();
        if (role != Role.ANYONE && !has(identity, role.text())) {
            refuse(request, identity, "This needs the role " + role.text());
            return;
        }
        Optional<String> view = views.refused(request.method().name(), request.path(), needed -> has(identity, needed));
        if (view.isPresent()) {
            refuse(request, identity, views.why(view.get()));
            return;
        }
        Predicate<String> roles = needed -> has(identity, needed);
        routing.put(ROLES, roles);
        routing.next();
    }

    private boolean has(SecurityIdentity identity, String role) {
        return anonymous.may(role) || identity != null && identity.hasRole(role);
    }

    private static void refuse(HttpServerRequest request, SecurityIdentity identity, String detail) {
        if (identity == null) {
            unauthorized(request, detail + ", and so a client who says who it is");
        } else {
            Problem.of(ProblemType.ROLE_NEEDED, detail).answer(request);
        }
    }

    private static void unauthorized(HttpServerRequest request, String detail) {
        request.response().putHeader("WWW-Authenticate", "Bearer");
        Problem.of(401, detail).answer(request);
    }
}
