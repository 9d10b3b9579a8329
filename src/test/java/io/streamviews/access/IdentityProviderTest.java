package io.streamviews.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.streamviews.EmbeddedServersResource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who a client is, an identity provider says; roles come from the token's groups. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@QuarkusTestResource(value = Issuer.class, restrictToAnnotatedClass = true)
@TestProfile(IdentityProviderTest.Closed.class)
class IdentityProviderTest {

    private static final String USER = "{\"name\":\"Kim\",\"email\":\"kim@example.com\"}";

    /** Nobody may do anything without a token, which is what an identity provider means by itself. */
    public static final class Closed implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("streamviews.access.anonymous", "none");
        }
    }

    @Test
    void rolesAreTheTokensGroups() throws Exception {
        String reader = Issuer.token("rita", 10, "reader");
        with(reader).get("/api/posts").then().statusCode(200);
        with(reader).get("/api/admin/rebuilds").then().statusCode(403);
        create(reader).then().statusCode(403);

        create(Issuer.token("willi", 10, "writer")).then().statusCode(201);
        with(Issuer.token("otto", 10, "operator"))
                .get("/api/admin/rebuilds")
                .then()
                .statusCode(200);
    }

    /** Nothing of a body is lost while the provider is asked for its keys. */
    @Test
    void aStreamIsReadWholeWhoeverSendsIt() throws Exception {
        Response answer = with(Issuer.token("willi", 10, "writer"))
                .contentType("application/x-ndjson")
                .body((USER + "\n").repeat(5_000).getBytes(StandardCharsets.UTF_8))
                .post("/api/users/bulk");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.asString().lines().reduce((one, next) -> next).orElseThrow())
                .contains("\"Summary\"")
                .contains("\"accepted\":5000");
    }

    /** Nor while something else is waited for before the body is read: the audit, and the place where a stream goes on. */
    @Test
    void aBodyIsReadWholeWhereTheProviderIsAskedForEachRequest() {
        with(Issuer.opaque())
                .contentType("application/json")
                .body("{\"key\":\"nobody has it\",\"reason\":\"none\"}")
                .post("/api/admin/dead-letters/discard")
                .then()
                .statusCode(200);
        create(Issuer.opaque()).then().statusCode(201);
        with(Issuer.opaque())
                .contentType("application/x-ndjson")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .body((USER + "\n").repeat(5_000).getBytes(StandardCharsets.UTF_8))
                .post("/api/users/bulk")
                .then()
                .statusCode(200)
                .body(containsString("\"accepted\":5000"));
    }

    @Test
    void whoSomebodyElseSpeaksForIsNobody() throws Exception {
        for (String token : new String[] {
            Issuer.forged("eve", "operator"), Issuer.token("otto", -10, "operator"), "a.b.c", "", "x".repeat(5_000)
        }) {
            with(token)
                    .get("/api/posts")
                    .then()
                    .statusCode(401)
                    .contentType("application/problem+json")
                    .header("WWW-Authenticate", "Bearer");
        }
        given().get("/api/posts").then().statusCode(401);
    }

    @Test
    void aProviderThatIsAwayIsNoReasonToCallSomebodyUnknown() throws Exception {
        String known = Issuer.token("rita", 10, "reader");
        with(known).get("/api/posts").then().statusCode(200);
        Issuer.turn("off");
        try {
            with(Issuer.opaque())
                    .get("/api/posts")
                    .then()
                    .statusCode(503)
                    .contentType("application/problem+json")
                    .header("Retry-After", "1")
                    .body("type", equalTo("/problems/server-away"))
                    .body("detail", equalTo("The identity provider cannot be reached"));
            with(known).get("/api/posts").then().statusCode(200);
            with(Issuer.token("otto", -10, "operator")).get("/api/posts").then().statusCode(401);
        } finally {
            Issuer.turn("on");
        }
        with(Issuer.opaque()).get("/api/posts").then().statusCode(200);
    }

    /** What has been opened with it is over with it. */
    @ParameterizedTest
    @ValueSource(strings = {"/api/views/user_view/changes", "/api/console/snapshots"})
    void aStreamEndsWhenItsTokenExpires(String path) throws Exception {
        String token = Issuer.token("rita", 0.05f, "reader");

        HttpRequest stream = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                .header("Authorization", "Bearer " + token)
                .build();
        assertThat(HttpClient.newHttpClient().sendAsync(stream, BodyHandlers.ofString()))
                .succeedsWithin(Duration.ofSeconds(30))
                .extracting(HttpResponse::body, STRING)
                .contains("event: end", "the token has expired; resume");

        with(token).get(path).then().statusCode(401);
    }

    @Test
    void theApisDescriptionSaysWhereTokensAreGot() throws Exception {
        JsonPath api = with(Issuer.token("rita", 10, "reader"))
                .get("/q/openapi?format=json")
                .jsonPath();

        assertThat(api.getMap("components.securitySchemes")).containsOnlyKeys("openid");
        assertThat(api.getString("components.securitySchemes.openid.type")).isEqualTo("openIdConnect");
        assertThat(api.getString("components.securitySchemes.openid.openIdConnectUrl"))
                .isEqualTo(System.getProperty(Issuer.class.getName()) + "/.well-known/openid-configuration");
        assertThat(api.getList("paths.'/api/posts'.get.security"))
                .isEqualTo(List.of(Map.of("openid", List.of("reader"))));
        assertThat(api.getMap("paths.'/api/posts'.get.responses.'401'.content"))
                .containsOnlyKeys("application/problem+json");
    }

    private static RequestSpecification with(String token) {
        return given().header("Authorization", "Bearer " + token);
    }

    private static Response create(String token) {
        return with(token).contentType("application/json").body(USER).post("/api/users");
    }
}
