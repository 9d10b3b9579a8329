package io.streamviews.ops;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.smallrye.mutiny.Uni;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.MixedSettings;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(MixedSettings.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class SecondPortTest {

    @ConfigProperty(name = "quarkus.http.test-port")
    int first;

    @ConfigProperty(name = "streamviews.http.second-port")
    int second;

    @Test
    void runsAReactiveTransaction() {
        assertThat(get(second, "/second-port/sum").asString()).isEqualTo("42");
        assertThat(get(first, "/second-port/sum").asString()).isEqualTo("42");
    }

    @Test
    void isTheOneThatLinksPointTo() {
        assertThat(get(second, "/second-port/link").asString())
                .isEqualTo("http://localhost:" + second + "/second-port/link");
    }

    @Test
    void answersErrorsInTheSameWay() {
        Response notFound = get(second, "/second-port/nothing");
        assertThat(notFound.statusCode()).isEqualTo(404);
        assertThat(notFound.asString())
                .isEqualTo(get(first, "/second-port/nothing").asString());

        Response malformed = post(second, "{\"number\":");
        assertThat(malformed.statusCode()).isEqualTo(400);
        assertThat(malformed.asString()).isEqualTo(post(first, "{\"number\":").asString());
    }

    @Test
    void hasTheSameLimits() {
        String tooLong = "x".repeat(21_000);
        assertThat(given().port(first)
                        .header("X-Long", tooLong)
                        .get("/q/openapi")
                        .statusCode())
                .isEqualTo(431);
        assertThat(given().port(second)
                        .header("X-Long", tooLong)
                        .get("/q/openapi")
                        .statusCode())
                .isEqualTo(431);
    }

    private static Response get(int port, String path) {
        return given().port(port).get(path);
    }

    private static Response post(int port, String body) {
        return given().port(port).contentType("application/json").body(body).post("/second-port");
    }

    @Path("/second-port")
    public static class Probe {

        public record Body(int number) {}

        @GET
        @Path("/sum")
        public Uni<String> sum() {
            return Panache.withTransaction(() -> Panache.getSession()
                    .chain(session -> session.createNativeQuery("SELECT CAST(40 + 2 AS text)", String.class)
                            .getSingleResult()));
        }

        @GET
        @Path("/link")
        public String link(@Context UriInfo uri) {
            return uri.getAbsolutePath().toString();
        }

        @POST
        public Body echo(Body body) {
            return body;
        }
    }
}
