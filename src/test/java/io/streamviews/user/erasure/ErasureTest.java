package io.streamviews.user.erasure;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an erasure is to those who ask for it, and to those who ask for the user. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ErasureTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    Pool pool;

    /** Others use the same database, and numbers of users that there are not. */
    @AfterEach
    void showAll() {
        pool.query("UPDATE public.erasure SET state = 'DONE'; DELETE FROM public.erased_row;"
                        + " SELECT nextval('public.erasure_arrival')")
                .executeAndAwait();
    }

    @Test
    void aPersonIsForgottenAndTheCertificateSaysSo() {
        long user = create("Ada", "ada@example.com", UUID.randomUUID().toString());
        put(user, "Ada L", "ada.l@example.com");

        JsonPath asked = erase(user).statusCode(202).extract().jsonPath();
        JsonPath certificate = awaitErased(asked.getLong("id"));

        assertThat(certificate.getString("subject")).isEqualTo("user:" + user);
        assertThat(count(certificate, "users")).isEqualTo(1);
        assertThat(count(certificate, "views.user_view")).isEqualTo(1);
        assertThat(count(certificate, "event_log")).isEqualTo(2);
        assertThat(count(certificate, "idempotency_key.fingerprint")).isEqualTo(1);
        assertThat(certificate.getString("requestedBy")).isNotBlank();
        Instant erasedAt = Instant.parse(certificate.getString("erasedAt"));
        // the topic's greatest lag, and ten minutes
        assertThat(Instant.parse(certificate.getString("remains[0].until")))
                .isBetween(
                        erasedAt.plus(Duration.ofHours(24)).minusSeconds(5),
                        erasedAt.plus(Duration.ofHours(24)).plus(Duration.ofMinutes(15)));
        assertThat(certificate.getList("remains.place", String.class))
                .anyMatch(place -> place.contains("backups"))
                .anyMatch(place -> place.contains("other consumers"));
        given().get("/api/admin/erasures?limit=1000").then().statusCode(200).body("subject", hasItem("user:" + user));
    }

    @Test
    void theHistoryStaysWithoutThePerson() {
        long user = create("Bob", "bob@example.com", null);
        put(user, "Bobby", "bobby@example.com");
        awaitErased(erase(user).extract().jsonPath().getLong("id"));

        given().get("/api/users/{id}/events", user)
                .then()
                .statusCode(200)
                .body("eventType", is(java.util.List.of("USER_CREATED", "USER_UPDATED", "USER_DELETED")))
                .body("user[0].name", is("erased"))
                .body("user[1].email", is("erased@erased.invalid"))
                .body("user[1].department", is("d"))
                .body("user[2]", nullValue())
                .body("version", is(java.util.List.of(1, 2, 3)));
        for (String moment : new String[] {"version=1", "version=3", "version=9", "at=" + Instant.now()}) {
            given().get("/api/users/{id}?" + moment, user)
                    .then()
                    .statusCode(410)
                    .contentType("application/problem+json")
                    .body("detail", containsString("has been erased"));
        }
        given().get("/api/users/{id}", user).then().statusCode(404);
    }

    @Test
    void whoAsksAgainIsToldOfTheSameErasure() {
        long user = create("Cid", "cid@example.com", null);
        long id = erase(user).extract().jsonPath().getLong("id");

        erase(user)
                .statusCode(202)
                .header("Location", containsString("/api/admin/erasures/" + id))
                .body("id", is((int) id));
        awaitErased(id);
        erase(user).statusCode(202).body("id", is((int) id)).body("state", is("COMPACTING"));
        given().get("/api/users/{id}/events", user).then().body("", hasSize(2));
    }

    @Test
    void aUserWhoWasDeletedWithHerDataInTheLastEventIsForgottenToo() {
        long user = create("Dora", "dora@example.com", null);
        given().delete("/api/users/{id}", user).then().statusCode(204);
        // as an older release has written it
        pool.query(
                        """
                        INSERT INTO public.event_log
                               (aggregate_type, aggregate_id, version, event_type, message_key, payload)
                        SELECT 'user', aggregate_id, 3, 'USER_DELETED', message_key,
                               replace(replace(payload::text, 'USER_CREATED', 'USER_DELETED'), '"version":1', '"version":3')::json
                          FROM public.event_log WHERE aggregate_type = 'user' AND aggregate_id = %d AND version = 1
                        """
                                .formatted(user))
                .executeAndAwait();

        JsonPath certificate = awaitErased(erase(user).extract().jsonPath().getLong("id"));

        assertThat(count(certificate, "users")).isZero();
        given().get("/api/users/{id}/events", user)
                .then()
                .body("version", is(java.util.List.of(1, 2, 3, 4)))
                .body("user.name", everyItem(is("erased")))
                .body("user[3]", nullValue());
    }

    @Test
    void aRebuildThatNobodyGoesOnWithKeepsNobodyFromBeingForgotten() {
        long user = create("Gil", "gil@example.com", null);
        // as a process has left it that died while it compared, and whose view files nobody has any more
        pool.query("INSERT INTO public.rebuild (state, attempt, views) VALUES ('COMPARING', 1, 'of another release')")
                .executeAndAwait();
        try {
            awaitErased(erase(user).extract().jsonPath().getLong("id"));
        } finally {
            pool.query("UPDATE public.rebuild SET state = 'CANCELLED', finished_at = now() WHERE finished_at IS NULL")
                    .executeAndAwait();
        }
    }

    @Test
    void noRowThatARebuildHasShownNamesThePersonAsAPartOfSomething() {
        long user = create("Hedy \"H\"", "hedy@example.com", null);
        String rows = "[{\"before\": {\"%s\": %s}, \"after\": null}]";
        pool.preparedQuery(
                        """
                        INSERT INTO public.rebuild (state, finished_at, changes)
                        SELECT 'CANCELLED', now(), json_agg(json_build_object('view', view, 'samples', samples::json) ORDER BY view)
                        FROM unnest($1::text[], $2::text[]) AS shown(view, samples)
                        """)
                .executeAndAwait(Tuple.of(new String[] {"a", "b", "c"}, new String[] {
                    rows.formatted("names", "[\"Ida\", \"Hedy \\\"H\\\"\"]"),
                    rows.formatted("sender", "\"HEDY@EXAMPLE.COM, at work\""),
                    rows.formatted("name", "\"Ida\"")
                }));

        awaitErased(erase(user).extract().jsonPath().getLong("id"));

        assertThat(row("SELECT changes::text FROM public.rebuild ORDER BY id DESC LIMIT 1")
                        .getString(0))
                .isEqualTo("[{\"view\": \"a\", \"samples\": []}, {\"view\": \"b\", \"samples\": []},"
                        + " {\"view\": \"c\", \"samples\": [{\"after\": null, \"before\": {\"name\": \"Ida\"}}]}]");
    }

    @Test
    void whatOperatorsHaveWrittenLosesNoMoreThanThePersonsWords() {
        long user = create("a", "mia@example.com", null);
        String target = "/api/admin/a?reason=as%20a%20said%2C+mia%40example.com";
        String body = "{\"reason\":\"a:\\nmia@example.com asked, aria and maria@mia@example.comes did not\"}";
        long entry = row("INSERT INTO public.audit (who, address, method, target, body) "
                        + "VALUES ('a', '::1', 'POST', '" + target + "', '" + body + "') RETURNING id")
                .getLong(0);
        awaitErased(erase(user).extract().jsonPath().getLong("id"));

        Row audit = row("SELECT target, body FROM public.audit WHERE id = " + entry);
        assertThat(audit.getString(0)).isEqualTo("/api/admin/a?reason=as%20[erased]%20said%2C+[erased]");
        assertThat(audit.getString(1)).isEqualTo(body.replace("\"a:\\nmia@example.com ", "\"[erased]:\\n[erased] "));
    }

    @Test
    void theSameRequestSentAgainCreatesNobody() {
        String key = UUID.randomUUID().toString();
        long user = create("Eve", "eve@example.com", key);
        awaitErased(erase(user).extract().jsonPath().getLong("id"));

        given().contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body(Map.of("name", "Eve", "email", "eve@example.com", "department", "d"))
                .post("/api/users")
                .then()
                .statusCode(422);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "user:0",
                "user:-1",
                "user:01",
                "user:9999999999999999999",
                "user: 1",
                "post:1",
                "user",
                "",
                "user:1\\u0000"
            })
    void aSubjectThatIsNoneIsRefused(String subject) {
        given().contentType(ContentType.JSON)
                .body("{\"subject\":\"%s\"}".formatted(subject))
                .post("/api/admin/erasures")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("violations[0].field", is("subject"));
    }

    @Test
    void whatThereNeverWasIsUnknown() {
        erase(Long.MAX_VALUE).statusCode(404).contentType("application/problem+json");
        given().get("/api/admin/erasures/{id}", Long.MAX_VALUE).then().statusCode(404);
        given().contentType(ContentType.JSON)
                .post("/api/admin/erasures")
                .then()
                .statusCode(400)
                .contentType("application/problem+json");
    }

    @Test
    void theLogForgetsNobodyWhoIsThere() {
        long user = create("Finn", "finn@example.com", null);

        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> pool.query("SELECT public.forget_user(%d)".formatted(user))
                                .executeAndAwait()))
                .hasMessageContaining("append-only");
    }

    private static long create(String name, String email, String key) {
        var request = given().contentType(ContentType.JSON);
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        return request.body(Map.of("name", name, "email", email, "department", "d"))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("id");
    }

    private static void put(long user, String name, String email) {
        given().contentType(ContentType.JSON)
                .body(Map.of("name", name, "email", email, "department", "d", "status", "ACTIVE"))
                .put("/api/users/{id}", user)
                .then()
                .statusCode(200);
    }

    private static ValidatableResponse erase(long user) {
        return given().contentType(ContentType.JSON)
                .body(Map.of("subject", "user:" + user))
                .post("/api/admin/erasures")
                .then();
    }

    /** Without the pause in which others hear of it. */
    private JsonPath awaitErased(long id) {
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            pool.query("UPDATE public.erasure SET next_look_at = now() WHERE id = " + id)
                                    .executeAndAwait();
                            return given().get("/api/admin/erasures/{id}", id).jsonPath();
                        },
                        found -> found.get("erasedAt") != null);
    }

    private Row row(String sql) {
        return pool.query(sql).executeAndAwait().iterator().next();
    }

    private static long count(JsonPath certificate, String place) {
        return certificate.getLong("erased.find { it.place == '%s' }.count".formatted(place));
    }
}
