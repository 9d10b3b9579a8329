package io.streamviews.access;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.Roles;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators ask for is kept: by whom, what, and what came of it. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
@TestProfile(AccessTest.WithTokens.class)
class AuditTest {

    @Inject
    Pool pool;

    @Inject
    AuditRetention retention;

    @Test
    void whoAskedForWhatAndWhatCameOfIt() throws SQLException {
        long before = last();

        operator()
                .contentType("application/json")
                .body("{\"key\":\"audited\",\"reason\":\"none\"}")
                .post("/api/admin/dead-letters/discard")
                .then()
                .statusCode(200);
        operator()
                .contentType("application/json")
                .body("{\"depth\":\"bottomless\"}")
                .post("/api/admin/verifications?x=1")
                .then()
                .statusCode(400);
        operator().delete("/api/admin/rebuilds/999999999").then().statusCode(404);
        operator().get("/api/admin/rebuilds").then().statusCode(200);
        operator()
                .urlEncodingEnabled(false)
                .post("/api/admin/projection/views/no%0Aview/resume")
                .then()
                .statusCode(404);

        List<String> kept = kept(before);
        assertThat(kept).hasSize(4);
        assertThat(kept.get(0))
                .startsWith("otto POST /api/admin/dead-letters/discard {")
                .contains("\"key\":\"audited\"")
                .endsWith(" 200");
        assertThat(kept.get(1)).isEqualTo("otto POST /api/admin/verifications?x=1 {\"depth\":\"bottomless\"} 400");
        assertThat(kept.get(2)).isEqualTo("otto DELETE /api/admin/rebuilds/999999999 null 404");
        assertThat(kept.get(3)).isEqualTo("otto POST /api/admin/projection/views/no%0Aview/resume null 404");
    }

    @ParameterizedTest
    @CsvSource({AccessTest.PROXY + ", 203.0.113.7", "127.0.0.1, 127.0.0.1"})
    void fromWhereIsSaidByTheProxyAndByNobodyElse(String sender, String kept) throws Exception {
        long before = last();
        String request =
                """
                DELETE /api/admin/rebuilds/999999999 HTTP/1.1
                Host: localhost:8082
                Origin: http://localhost:8082
                Authorization: Bearer %s
                X-Forwarded-For: 203.0.113.7
                X-Forwarded-Proto: http
                X-Forwarded-Port: 8082
                Connection: close

                """;

        assertThat(answer(sender, request.formatted(AccessTest.token("otto")))).startsWith("HTTP/1.1 404 ");

        assertThat(addresses(before)).containsExactly(kept);
    }

    @Test
    void whatWasRefusedIsNotKept() {
        long before = last();

        given().post("/api/admin/projection/pause").then().statusCode(401);

        assertThat(last()).isEqualTo(before);
    }

    @Test
    void whatIsOldIsForgottenAndNothingElse() throws SQLException {
        Roles.execute(
                "materialized_view_db",
                "postgres",
                """
                INSERT INTO public.audit (at, who, address, method, target)
                SELECT now() - interval '401 days', 'old', '', '', '' FROM generate_series(1, 25000)
                UNION ALL SELECT now() - interval '399 days', 'younger', '', '', ''
                """);

        retention.forget().await().atMost(Duration.ofSeconds(60));

        assertThat(isKept("old")).isFalse();
        assertThat(isKept("younger")).isTrue();
    }

    private static boolean isKept(String who) throws SQLException {
        try (Connection database = Roles.connect("materialized_view_db", "postgres");
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT EXISTS (SELECT FROM public.audit WHERE who = '%s')".formatted(who))) {
            rows.next();
            return rows.getBoolean(1);
        }
    }

    private static io.restassured.specification.RequestSpecification operator() {
        return given().header("Authorization", "Bearer " + AccessTest.token("otto"));
    }

    private static String answer(String sender, String request) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(sender, 0));
            socket.connect(new InetSocketAddress("127.0.0.1", RestAssured.port));
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> kept(long after) throws SQLException {
        return texts("concat_ws(' ', who, method, target, coalesce(body, 'null'), status)", after);
    }

    private static List<String> addresses(long after) throws SQLException {
        return texts("address", after);
    }

    /** The application itself cannot read it. */
    private static List<String> texts(String expression, long after) throws SQLException {
        List<String> kept = new ArrayList<>();
        try (Connection database = Roles.connect("materialized_view_db", "postgres");
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT %s FROM public.audit WHERE id > %d ORDER BY id".formatted(expression, after))) {
            while (rows.next()) {
                kept.add(rows.getString(1));
            }
        }
        return kept;
    }

    private long last() {
        return pool.query("SELECT coalesce(max(id), 0) FROM public.audit")
                .executeAndAwait()
                .iterator()
                .next()
                .getLong(0);
    }
}
