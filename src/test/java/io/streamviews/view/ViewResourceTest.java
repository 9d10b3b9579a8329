package io.streamviews.view;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.streamviews.EmbeddedServersResource;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in the live schema can be read, without a class of its own. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ViewResourceTest {

    private static final String ODD = "Extra%20%22odd%22.t";

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

    /** One more of the engine's own tables must be left out, or is shown to all readers. */
    @Test
    void allViewsAreListedAndNothingOfTheEngine() {
        await().untilAsserted(() -> get("").body(
                        "findAll { !it.name.toLowerCase().startsWith('extra') }.collect { it.name + ' ' + it.kind }",
                        equalTo(List.of(
                                "department_performance derived",
                                "department_stats derived",
                                "email_domains derived",
                                "post_stats derived",
                                "post_view base",
                                "post_with_author view",
                                "user_activity derived",
                                "user_activity_idle derived",
                                "user_view base")))
                .body("findAll { it.kind == 'table' }.name", hasSize(3)));
        get("").body("find { it.name == 'user_view' }.sources.topic", equalTo(List.of("user-events")))
                .body("find { it.name == 'department_performance' }.sources.topic", hasSize(2))
                .body("find { it.name == 'department_stats' }.definition", containsString("GROUP BY"))
                .body("find { it.name == 'department_stats' }.bytes", greaterThan(0))
                .body("find { it.name == 'user_view' }.definition", nullValue())
                .body("find { it.name == 'extra_order' }.key", equalTo(List.of("order_id")))
                .body("find { it.name == 'extra_kinds' }.comment", equalTo("All there is"))
                .body(
                        "find { it.name == 'extra_kinds' }.columns.find { it.name == 'v3' }.type",
                        is("character varying(3)"))
                .body("find { it.name == 'extra_kinds' }.columns.find { it.name == 'pct' }.comment", is("Of 100"))
                .body(
                        "find { it.name == 'extra_kinds' }.columns.findAll { !it.nullable }.name",
                        equalTo(List.of("id")));
    }

    @Test
    void valuesAreExactAndAsInOtherAnswers() {
        String row = get("extra_kinds/9223372036854775807").extract().asString();
        assertThat(row)
                .isEqualTo("{\"id\":9223372036854775807,\"small\":-1,\"num\":12345678901234567890.12345678901234567890,"
                        + "\"pct\":99.50,\"f8\":0.1,\"yes\":true,\"t\":\"é\\\"\\\\\",\"c3\":\"ab \",\"v3\":\"abc\","
                        + "\"at\":\"2026-11-22T06:41:26.380Z\",\"local\":\"2026-11-22T15:41:26\",\"d\":\"2026-11-22\","
                        + "\"u\":\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\",\"j\":{\"b\":1,\"a\":[1.0]},"
                        + "\"jb\":{\"a\": null, \"b\": 1},\"b\":\"AP8=\",\"ints\":[1,null,3],"
                        + "\"ats\":[\"2026-11-22T15:41:26Z\", \"infinity\"],\"bs\":[\"AP8=\"],\"mood\":\"so so\","
                        + "\"span\":\"1 day 02:00:00\",\"net\":\"10.0.0.1\",\"r\":\"[1,5)\"}");
        assertThat(get("extra_kinds/1?columns=at,f8,num").extract().asString())
                .isEqualTo("{\"at\":\"-infinity\",\"f8\":\"NaN\",\"num\":null}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "num=eq.12345678901234567890.1234567890123456789",
                "pct=gt.99.49",
                "f8=lt.0.2",
                "yes=eq.true",
                "c3=eq.ab",
                "v3=eq.abc",
                "v3=gt.ab",
                "at=eq.2026-11-22T06:41:26.38Z",
                "d=in.(2026-11-21,2026-11-22)",
                "b=eq.%5Cx00ff",
                "u=eq.A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
                "jb=eq.%7B%22a%22:null,%22b%22:1%7D",
                "mood=gt.sad",
                "span=eq.26:00",
                "net=lte.10.0.0.1",
                "r=eq.[1,4]",
                "ints=is.not_null",
                "t=eq.%C3%A9%22%5C",
                "id=neq.1",
                "small=is.not_null&t=gte.a",
                "t=in.(x,%22%C3%A9%5C%22%5C%5C%22)",
                "small=gte.-1&small=lt.0"
            })
    void aFilterComparesAsTheColumnsTypeDoes(String filter) {
        get("extra_kinds?columns=id&" + filter).statusCode(200).body("id", equalTo(List.of(9223372036854775807L)));
    }

    @Test
    void namesAndValuesAreNoSql() {
        get(ODD + "/a%2Cb%2Fc,1")
                .body("sort", is("s"))
                .body("__proto__", is("{}"))
                .body("v", is("v"));
        get(ODD + "/%252F,3").body("sort", is("1' OR 1=1 --")).body("", hasKey("%1$s"));
        get(ODD + "/,4").body("sort.length()", is(10_000));
        get(ODD + "?%22sort%22=eq.1'%20OR%201=1%20--&columns=%22k,2%22,__proto__")
                .body("", hasSize(1))
                .body("[0]", equalTo(java.util.Map.of("k,2", 3, "__proto__", "x")));
        get(ODD + "?sort=-%22k,2%22").statusCode(400);
        get(ODD + "?sort=%22-k,2%22").body("'k,2'", equalTo(List.of(4, 3, 2, 1)));
        get(ODD + "?K.1=eq.changes&select=is.null").body("[0].'k,2'", is(2));
        get(ODD + "?limit=1&sort=-sort").statusCode(422).body("detail", containsString("too long for an address"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "extra_order?nope=eq.1 | 400 | nope must name a column of extra_order",
                "extra_order?order_id;=eq.1 | 400 | must",
                "extra_order?note\"%20OR%20\"1=eq.1 | 400 | must name a column",
                "extra_order?amount=eq.ten | 400 | amount must be a value of type integer",
                "extra_order?amount=in.(1,99999999999) | 400 | amount must be a value of type integer",
                "extra_order?amount=7 | 400 | amount must be one of eq.x",
                "extra_order?amount=eq | 400 | amount must be one of eq.x",
                "extra_order?amount=is.true | 400 | amount must be one of eq.x",
                "extra_order?amount=in.1,2 | 400 | brackets",
                "extra_order?note=in.(%22a) | 400 | close its double quotes",
                "extra_order?note=eq.%00 | 400 | U+0000",
                "extra_order?sort=-- | 400 | sort must name a column",
                "extra_order?columns= | 400 | columns must name a column",
                "extra_order?limit=1001 | 400 | limit must be from 1",
                "extra_order?after=WyJ4Il0 | 400 | after must be as the Link",
                "extra_order?after=%00 | 400 | after must be as the Link",
                "extra_kinds?j=eq.%7B%7D | 400 | is.null and is.not_null",
                "extra_kinds?sort=ats | 400 | has no order",
                "extra_kinds?mood=eq.mad | 400 | mood must be a value of type",
                "extra_kinds/x | 400 | id must be a value of type bigint",
                "extra_order/1%00 | 400 | U+0000",
                "extra_order/0 | 404 | no such row",
                "extra_plain/0 | 404 | has no key",
                "extra_broken | 422 | division by zero",
                "pg_class | 404 | does not exist",
                "USER_VIEW | 404 | does not exist",
                "projection_position | 404 | does not exist",
                "dead_letter | 404 | does not exist",
                "dead_letter/user-events,0,0 | 404 | does not exist",
                "user_view_added | 404 | does not exist",
                "user_activity_author | 404 | does not exist",
                "user_activity_definition | 404 | does not exist"
            })
    void whatIsWrongIsSaid(String path, int status, String detail) {
        get(path.replace("\"", "%22"))
                .statusCode(status)
                .contentType("application/problem+json")
                .body("detail", containsString(detail));
    }

    @Test
    void anAnswerThatIsTheSameIsNotSentAgain() {
        for (String path : List.of("extra_order?limit=2&sort=-code", "extra_order/7")) {
            String tag = get(path).extract().header("ETag");
            given().header("If-None-Match", tag)
                    .get("/api/views/" + path)
                    .then()
                    .statusCode(304)
                    .header("ETag", tag);
            ExtraTables.run(pool, "UPDATE views.extra_order SET amount = amount + 1");
            given().header("If-None-Match", tag)
                    .get("/api/views/" + path)
                    .then()
                    .statusCode(200)
                    .header("ETag", not(tag));
        }
    }

    @Test
    void aReadWithATokenSeesTheWrite() {
        for (int i = 0; i < 5; i++) {
            Response user = given().contentType("application/json")
                    .body("{\"name\":\"Lee\",\"email\":\"lee@example.com\"}")
                    .post("/api/users");
            given().header("Consistency-Token", user.header("Consistency-Token"))
                    .get("/api/views/user_view/" + user.path("id"))
                    .then()
                    .statusCode(200)
                    .body("name", is("Lee"))
                    .body("created_at", equalTo(user.<String>path("createdAt")));
        }
        given().header("Consistency-Token", "user:999999999:1")
                .get("/api/views/user_view")
                .then()
                .statusCode(422);
    }

    @Test
    void whatNoIndexServesIsRefusedUnlessItIsSmallNow() {
        get("extra_order?note=eq.n1").statusCode(200).body("", hasSize(25));
        ExtraTables.createOrders(pool, 10_001);
        get("extra_order?note=eq.n1&sort=-amount")
                .statusCode(422)
                .body("type", is("/problems/no-index"))
                .body("detail", containsString("CREATE INDEX ON extra_order (note, amount, order_id)"));
        get("extra_order?country=eq.C1&sort=amount").statusCode(200).body("", hasSize(50));
        ExtraTables.run(pool, "CREATE INDEX ON views.extra_order (note, amount, order_id)");
        await().untilAsserted(() -> get("extra_order?note=eq.n1&sort=-amount").statusCode(200));
        get("extra_order?note=eq.n1&country=eq.C1").statusCode(422);
        ExtraTables.run(pool, "DELETE FROM views.extra_order WHERE order_id > 10000");
        get("extra_order?note=eq.n1&country=eq.C1").statusCode(200);
    }

    @Test
    void aViewThatCostsTooMuchIsRefused() {
        ExtraTables.run(
                pool,
                "CREATE OR REPLACE VIEW views.extra_broken AS SELECT n AS q FROM generate_series(1, 1000000) AS n ORDER BY -n");
        await().untilAsserted(() -> get("extra_broken?sort=-q")
                .statusCode(422)
                .body("type", is("/problems/too-costly"))
                .body("detail", containsString("more than 10000")));
    }

    @Test
    void theDescriptionHasTheColumnsThatThereAreNow() {
        await().until(() -> description().extract().path("components.schemas.'Row-extra_kinds'") != null);

        description()
                .body("components.schemas.'Row-extra_kinds'.properties.id.type", is("integer"))
                .body("components.schemas.'Row-extra_kinds'.properties.at.format", is("date-time"))
                .body(
                        "components.schemas.'Row-extra_kinds'.properties.ints.items.type",
                        equalTo(List.of("integer", "null")))
                .body("components.schemas.'Row-user_view'.properties.name.type", is("string"))
                .body("components.schemas", not(hasKey("Row-dead_letter")));
    }

    private static ValidatableResponse description() {
        return given().get("/q/openapi?format=json").then();
    }

    @Test
    void addressesOfOthersAreTheirs() {
        given().get("/api/views/post-statistics/totals").then().statusCode(200).body("", hasKey("firstDay"));
        given().get("/api/views/user-activity/x").then().statusCode(404);
        given().get("/api/views/nobody/changes")
                .then()
                .statusCode(404)
                .body("detail", containsString("There is no view"));
        given().post("/api/views/user_view").then().statusCode(405).header("Allow", "GET, HEAD");
    }

    private static ValidatableResponse get(String path) {
        return given().urlEncodingEnabled(false).get("/api/views/" + path).then();
    }
}
