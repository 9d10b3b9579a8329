package io.streamviews.access;

import io.vertx.ext.web.RoutingContext;
import java.util.EnumSet;
import java.util.Set;

/** What a client may do, for those who tell it so. */
public final class GrantedRoles {

    private GrantedRoles() {}

    /** Of a request that has passed. */
    public static Set<Role> of(RoutingContext request) {
        Set<Role> roles = EnumSet.allOf(Role.class);
        roles.removeIf(role -> role == Role.ANYONE || !Access.roles(request).test(role.text()));
        return roles;
    }
}
