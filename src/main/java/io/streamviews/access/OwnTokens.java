package io.streamviews.access;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Knows who sends a bearer token that the settings name, for installations without an identity provider. Kept are the
 * tokens' digests alone; a token is long and random, so a plain SHA-256 is as good as a slow one. Other bearer tokens are
 * left to OpenID Connect.
 */
@Singleton
class OwnTokens implements HttpAuthenticationMechanism {

    private static final String SCHEME = "Bearer ";

    private final Map<String, SecurityIdentity> identities = new HashMap<>();

    OwnTokens(AccessConfig config) {
        config.tokens().forEach((name, token) -> {
            String digest = token.sha256().toLowerCase(Locale.ROOT);
            if (!digest.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(
                        "streamviews.access.tokens.%s.sha256 must have 64 hexadecimal digits".formatted(name));
            }
            identities.put(
                    digest,
                    QuarkusSecurityIdentity.builder()
                            .setPrincipal(new QuarkusPrincipal(name))
                            .addRoles(token.roles())
                            .build());
        });
    }

    boolean any() {
        return !identities.isEmpty();
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext request, IdentityProviderManager identityProviders) {
        String sent = request.request().getHeader(HttpHeaders.AUTHORIZATION);
        boolean bearer = any() && sent != null && sent.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        return Uni.createFrom()
                .item(
                        bearer
                                ? identities.get(
                                        digest(sent.substring(SCHEME.length()).trim()))
                                : null);
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext request) {
        return Uni.createFrom().item(new ChallengeData(401, "WWW-Authenticate", SCHEME.trim()));
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return Set.of();
    }

    /** Before OpenID Connect, which refuses what it does not know. */
    @Override
    public int getPriority() {
        return HttpAuthenticationMechanism.DEFAULT_PRIORITY + 100;
    }

    static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
