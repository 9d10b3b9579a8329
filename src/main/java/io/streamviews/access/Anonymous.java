package io.streamviews.access;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** What clients may do who do not say who they are. */
@Singleton
class Anonymous {

    private static final Logger LOG = Logger.getLogger(Anonymous.class);
    private static final String PROPERTY = "streamviews.access.anonymous";
    private static final String NONE = "none";

    private final Set<Role> roles;

    Anonymous(
            AccessConfig config,
            OwnTokens tokens,
            @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean identityProvider) {
        boolean known = tokens.any() || identityProvider;
        this.roles = config.anonymous()
                .map(Anonymous::parse)
                .orElse(known ? EnumSet.noneOf(Role.class) : EnumSet.of(Role.READER, Role.WRITER));
    }

    boolean may(String role) {
        return roles.stream().anyMatch(each -> each.text().equals(role));
    }

    void say(@Observes StartupEvent start) {
        if (roles.contains(Role.OPERATOR)) {
            LOG.warnf(
                    "EVERYBODY MAY DO EVERYTHING HERE, operators' work included (%s): for development alone", PROPERTY);
        } else if (!roles.isEmpty()) {
            LOG.infof("Without saying who they are, clients may: %s (%s)", roles, PROPERTY);
        }
    }

    private static Set<Role> parse(List<String> names) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : names) {
            if (!name.equals(NONE)) {
                roles.add(Arrays.stream(Role.values())
                        .filter(role -> role.text().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(
                                PROPERTY + " is " + name + "; it takes reader, writer, operator, or none")));
            }
        }
        return roles;
    }
}
