package io.streamviews.view;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages of any order hold each row once, whatever is equal or NULL, and whatever comes and goes meanwhile. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ViewPagesTest {

    @Inject
    Pool pool;

    @BeforeEach
    void create() {
        ExtraTables.create(pool);
    }

    @AfterEach
    void drop() {
        ExtraTables.drop(pool);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "order_id | order_id",
                "-order_id | order_id DESC",
                "country | country, order_id",
                "-country | country DESC, order_id DESC",
                "country,-amount | country, amount DESC, order_id DESC",
                "-amount,country | amount DESC, country, order_id",
                "amount,-country | amount, country DESC, order_id DESC",
                "note,amount,country | note, amount, country, order_id",
                "-code | code DESC"
            })
    void ofATableAreAsPostgresSortsIt(String sort, String order) {
        List<String> sorted = sql("SELECT order_id::text AS id FROM views.extra_order ORDER BY " + order);
        assertThat(pages("extra_order?columns=order_id&limit=7&sort=" + sort, "order_id", page -> {}))
                .isEqualTo(sorted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"a | a", "-a | a DESC", "b,-a | b, a DESC", "-b,a | b DESC, a", "b,a | b, a"})
    void ofRowsWithoutAKeyHoldEqualOnesAsOftenAsThereAre(String sort, String order) {
        List<String> sorted =
                sql("SELECT coalesce(a::text, 'null') || coalesce(b::text, 'null') FROM views.extra_plain ORDER BY "
                        + order);
        String by = "collect { it.a + '' + it.b }";
        List<String> read = pages("extra_plain?limit=3&sort=" + sort, by, page -> {});
        assertThat(read).hasSize(40).containsExactlyInAnyOrderElementsOf(sorted);
        assertThat(read)
                .extracting(row -> sortedBy(row, order))
                .isEqualTo(sorted.stream().map(row -> sortedBy(row, order)).toList());
    }

    @Test
    void aRowThatStaysIsInOneOfThem() {
        List<String> read = pages(
                "extra_order?limit=4&sort=-amount",
                "order_id",
                page -> ExtraTables.run(
                        pool,
                        """
                DELETE FROM views.extra_order WHERE order_id = (SELECT max(order_id) FROM views.extra_order WHERE order_id > 40);
                INSERT INTO views.extra_order VALUES (1000 + %1$d, NULL, %1$d %% 7, NULL, 'new %1$d')
                """
                                .formatted(page)));
        List<String> staying =
                IntStream.rangeClosed(1, 40).mapToObj(Integer::toString).toList();
        assertThat(read).doesNotHaveDuplicates().containsAll(staying);
    }

    @Test
    void eachIsBoundedInBytesAndARowIs() {
        ExtraTables.run(
                pool,
                """
                UPDATE views.extra_order SET note = repeat('x', 300000) WHERE order_id <= 10;
                UPDATE views.extra_order SET note = repeat('x', 9000000) WHERE order_id = 50
                """);
        Response first = get("/api/views/extra_order?limit=1000");
        assertThat(first.jsonPath().getList("order_id")).hasSize(3);
        assertThat(pages("extra_order?limit=1000&columns=order_id", "order_id", page -> {}))
                .hasSize(50);
        get("/api/views/extra_order/50").then().statusCode(422).body("detail", containsString("leave out columns"));
        get("/api/views/extra_order/50?columns=order_id").then().statusCode(200);
        assertThat(pages("extra_order?limit=1000&order_id=lt.50", "order_id", page -> {}))
                .hasSize(49);
    }

    @Test
    void aListInAnotherOrderDoesNotGoOnFromThem() {
        String link = next(get("/api/views/extra_order?limit=2&sort=amount"));
        get(link.replace("sort=amount", "sort=-amount"))
                .then()
                .statusCode(400)
                .body("detail", containsString("same sort"));
    }

    /** What a row of a and b is sorted by, if it is by a alone. */
    private static String sortedBy(String row, String order) {
        return order.contains(",") ? row : row.replaceFirst("(null|.)$", "");
    }

    private List<String> sql(String query) {
        return StreamSupport.stream(pool.query(query).executeAndAwait().spliterator(), false)
                .map(row -> row.getString(0))
                .toList();
    }

    /** @param between is given the number of each page */
    private static List<String> pages(String path, String field, IntConsumer between) {
        List<String> values = new ArrayList<>();
        String next = "/api/views/" + path;
        for (int page = 1; next != null; page++) {
            assertThat(page).as(next).isLessThan(100);
            Response answer = get(next);
            answer.then().statusCode(200);
            answer.jsonPath().getList(field).forEach(value -> values.add(String.valueOf(value)));
            next = next(answer);
            between.accept(page);
        }
        return values;
    }

    private static String next(Response page) {
        String link = page.getHeader("Link");
        return link == null ? null : link.substring(1, link.indexOf('>'));
    }

    private static Response get(String path) {
        return given().urlEncodingEnabled(false).get(path);
    }
}
