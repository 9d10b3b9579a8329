package io.streamviews.access;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import io.streamviews.EmbeddedServersResource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What pages of other sites may have a browser do here, even where everybody may do everything. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(BrowserTest.OfAHost.class)
class BrowserTest {

    private static final String CHANGE = "/api/admin/dead-letters/discard";

    /** One host and one page of our own. */
    public static final class OfAHost implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamviews.http.allowed-hosts", "views.example.com",
                    "streamviews.http.allowed-origins", "https://console.example.com");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site",
        "Origin, https://evil.example.com",
        "Origin, null",
        "Origin, http://localhost:1"
    })
    void noStateIsChangedByAnotherSite(String header, String value) {
        for (String type : new String[] {"application/json", "text/plain", "application/x-www-form-urlencoded"}) {
            change().header(header, value)
                    .contentType(type)
                    .post(CHANGE)
                    .then()
                    .statusCode(403)
                    .contentType("application/problem+json");
        }
    }

    @Test
    void aPageOfOursMayAndWhoIsNoBrowserToo() {
        change().header("Sec-Fetch-Site", "same-origin").post(CHANGE).then().statusCode(200);
        change().header("Sec-Fetch-Site", "cross-site")
                .header("Origin", "https://console.example.com")
                .post(CHANGE)
                .then()
                .statusCode(200);
        change().header("Origin", "http://localhost:" + io.restassured.RestAssured.port)
                .post(CHANGE)
                .then()
                .statusCode(200);
        change().post(CHANGE).then().statusCode(200);
    }

    @Test
    void noPageReadsWhatAnotherSiteIsAnswered() {
        given().header("Origin", "https://evil.example.com")
                .get("/api/posts")
                .then()
                .statusCode(200)
                .header("Access-Control-Allow-Origin", equalTo(null))
                .header("X-Content-Type-Options", equalTo("nosniff"))
                .header("X-Frame-Options", equalTo("DENY"))
                .header("Referrer-Policy", equalTo("no-referrer"));
    }

    @Test
    void whereEverybodyMayDoItTheDescriptionSaysThatNobodyHasToSayWhoHeIs() {
        given().get("/q/openapi?format=json")
                .then()
                .body(
                        "paths.'/api/admin/rebuilds'.get.security",
                        equalTo(List.of(Map.of("token", List.of("operator")), Map.of())))
                .body("components.securitySchemes.token.scheme", equalTo("bearer"));
    }

    /** Whoever gives the answer: resources, routes, the framework, or the gate before all of them. */
    @ParameterizedTest
    @CsvSource({
        "GET, /q/health/live, 200",
        "POST, /q/health/live, 200",
        "GET, /q/metrics, 200",
        "GET, /q/openapi, 200",
        "GET, /api/views/user_view/changes?from=x, 400",
        "POST, /api/users/bulk, 415",
        "GET, /api/users, 200",
        "DELETE, /api/users, 405",
        "GET, /nowhere, 404",
        "GET, /, 200"
    })
    void everyAnswerTellsBrowsersWhatTheyMayDoWithIt(String method, String path, int status) {
        given().urlEncodingEnabled(false)
                .request(method, path)
                .then()
                .statusCode(status)
                .header("X-Content-Type-Options", equalTo("nosniff"))
                .header("X-Frame-Options", equalTo("DENY"))
                .header("Referrer-Policy", equalTo("no-referrer"))
                .header("Content-Security-Policy", containsString("default-src 'none'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example.com", "localhost.evil.example.com", "127.0.0.1.evil.example.com"})
    void aHostThatIsNotOursIsNotAnswered(String host) {
        given().header("Host", host)
                .get("/api/posts")
                .then()
                .statusCode(421)
                .header("X-Content-Type-Options", equalTo("nosniff"))
                .body("detail", containsString("streamviews.http.allowed-hosts"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "views.example.com",
                "VIEWS.example.com:8443",
                "localhost:8081",
                "127.0.0.1",
                "[::1]:8081",
                "post-service",
                "streamviews.prod.svc.cluster.local"
            })
    void aHostThatIsOursIs(String host) {
        given().header("Host", host).get("/api/posts").then().statusCode(200);
    }

    private static RequestSpecification change() {
        return given().contentType("application/json").body("{\"key\":\"nobody\",\"reason\":\"none\"}");
    }
}
