package io.streamviews.access;

import static io.restassured.RestAssured.given;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;

/** An identity provider: OpenID Connect's discovery document, its keys, and tokens that it signs. */
public final class Issuer implements QuarkusTestResourceLifecycleManager {

    private static final RsaJsonWebKey KEY = newKey();
    private static String url;
    private HttpServer server;
    private HttpServer switching;

    @Override
    public Map<String, String> start() {
        listen(0);
        switching = listening(0);
        switching.createContext("/off", exchange -> {
            server.stop(0);
            respond(exchange, new byte[0]);
        });
        switching.createContext("/on", exchange -> {
            listen(server.getAddress().getPort());
            respond(exchange, new byte[0]);
        });
        switching.start();
        // the class loader of the tests is another one than that of the resource
        System.setProperty(
                Issuer.class.getName() + ".switch",
                "http://localhost:" + switching.getAddress().getPort());
        System.setProperty(Issuer.class.getName(), url);
        System.setProperty(Issuer.class.getName() + ".key", KEY.toJson(JsonWebKey.OutputControlLevel.INCLUDE_PRIVATE));
        return Map.of(
                "quarkus.oidc.tenant-enabled", "true",
                "quarkus.oidc.auth-server-url", url,
                "quarkus.oidc.client-id", "streamviews");
    }

    private void listen(int port) {
        server = listening(port);
        url = "http://localhost:" + server.getAddress().getPort();
        answer(
                "/.well-known/openid-configuration",
                ("{\"issuer\":\"%1$s\",\"jwks_uri\":\"%1$s/keys\",\"token_endpoint\":\"%1$s/token\","
                                + "\"introspection_endpoint\":\"%1$s/introspect\"}")
                        .formatted(url));
        answer("/keys", new JsonWebKeySet(KEY).toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY));
        introspect("/introspect");
        server.start();
    }

    private static HttpServer listening(int port) {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        switching.stop(0);
        server.stop(0);
    }

    /** Has it go away, and come back. */
    static void turn(String onOrOff) {
        given().get(System.getProperty(Issuer.class.getName() + ".switch") + "/" + onOrOff)
                .then()
                .statusCode(200);
    }

    /** One that says nothing by itself: the provider is asked each time, and its answer takes a while. */
    static String opaque() {
        return "opaque-olga";
    }

    /** A token of somebody with roles. */
    static String token(String name, float minutesLeft, String... roles) throws JoseException {
        return token(
                RsaJsonWebKey.Factory.newPublicJwk(System.getProperty(Issuer.class.getName() + ".key")),
                name,
                minutesLeft,
                roles);
    }

    /** One that somebody else has signed. */
    static String forged(String name, String... roles) throws JoseException {
        RsaJsonWebKey own = newKey();
        return token(own, name, 10, roles);
    }

    private static String token(JsonWebKey key, String name, float minutesLeft, String... roles) throws JoseException {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(System.getProperty(Issuer.class.getName()));
        claims.setSubject(name);
        claims.setStringClaim("preferred_username", name);
        claims.setStringListClaim("groups", List.of(roles));
        claims.setIssuedAtToNow();
        claims.setExpirationTimeMinutesInTheFuture(minutesLeft);
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setKey(((RsaJsonWebKey) key).getPrivateKey());
        signature.setKeyIdHeaderValue("k");
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
        return signature.getCompactSerialization();
    }

    private void answer(String path, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        server.createContext(path, exchange -> respond(exchange, body));
    }

    private void introspect(String path) {
        server.createContext(path, exchange -> {
            String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String answer = form.contains(opaque())
                    ? "{\"active\":true,\"username\":\"olga\",\"scope\":\"reader writer operator\"}"
                    : "{\"active\":false}";
            respond(exchange, answer.getBytes(StandardCharsets.UTF_8));
        });
    }

    private static void respond(HttpExchange exchange, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static RsaJsonWebKey newKey() {
        try {
            RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
            key.setKeyId("k");
            return key;
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }
}
