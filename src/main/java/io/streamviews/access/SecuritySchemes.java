package io.streamviews.access;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

/** How a client can say who it is to this process: always by a bearer token, which one of two knows. */
@Singleton
@Unremovable
class SecuritySchemes {

    private static final String OWN = "token";
    private static final String PROVIDERS = "openid";
    private static final String DISCOVERY = "/.well-known/openid-configuration";

    private final boolean own;
    private final boolean provider;
    private final Optional<String> providerUrl;

    SecuritySchemes(
            OwnTokens tokens,
            @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean provider,
            @ConfigProperty(name = "quarkus.oidc.auth-server-url") Optional<String> providerUrl) {
        this.own = tokens.any() || !provider;
        this.provider = provider;
        this.providerUrl = providerUrl;
    }

    /** By their names in the document. */
    Map<String, SecurityScheme> all() {
        Map<String, SecurityScheme> schemes = new LinkedHashMap<>();
        if (own) {
            schemes.put(OWN, bearer().description("A token whose digest is in the application's settings"));
        }
        if (provider) {
            schemes.put(
                    PROVIDERS,
                    providerUrl
                            .map(SecuritySchemes::openId)
                            .orElseGet(() -> bearer().bearerFormat("JWT"))
                            .description("An access token of the identity provider, sent as a bearer token"));
        }
        return schemes;
    }

    private static SecurityScheme bearer() {
        return OASFactory.createSecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer");
    }

    private static SecurityScheme openId(String url) {
        return OASFactory.createSecurityScheme()
                .type(SecurityScheme.Type.OPENIDCONNECT)
                .openIdConnectUrl(url.replaceAll("/$", "") + DISCOVERY);
    }
}
