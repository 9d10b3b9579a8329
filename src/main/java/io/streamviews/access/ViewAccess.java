package io.streamviews.access;

import io.streamviews.rest.RefusedException;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;

/** Whether a client may see views that its request's path does not tell: those that another view reads. */
@Singleton
public final class ViewAccess {

    private final ViewRoles roles;

    ViewAccess(ViewRoles roles) {
        this.roles = roles;
    }

    /** @throws RefusedException (401, 403) if the client has no role of one of them */
    public void check(RoutingContext request, Set<String> views) {
        roles.refused(views, Access.roles(request)).ifPresent(view -> {
            throw request.user() == null
                    ? RefusedException.unknownClient(roles.why(view) + ", and so a client who says who it is")
                    : RefusedException.forbidden(roles.why(view));
        });
    }

    /** The views that an answer is made of; empty if nobody has decided, and it may be any. */
    public Optional<Set<String>> madeOf(String method, String path) {
        return roles.madeOf(method, path);
    }

    public boolean isAllowed(RoutingContext request, Set<String> views) {
        return roles.refused(views, Access.roles(request)).isEmpty();
    }
}
