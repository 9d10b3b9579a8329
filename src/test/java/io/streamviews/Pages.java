package io.streamviews;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Reads a list to its end, as clients do: by the links to the next page. */
public final class Pages {

    private Pages() {}

    /** A field of all entries. */
    public static List<Object> of(String path, String field) {
        List<Object> values = new ArrayList<>();
        Response page = given().get(path);
        while (true) {
            assertThat(page.statusCode()).as(page.asString()).isEqualTo(200);
            // without the paths of RestAssured, which are scripts that it compiles for each answer
            for (Object entry : new JsonArray(page.asString())) {
                values.add(((JsonObject) entry).getValue(field));
            }
            String link = page.getHeader("Link");
            if (link == null) {
                return values;
            }
            assertThat(values).as("entries of the pages up to " + link).hasSizeLessThan(100_000);
            page = given().urlEncodingEnabled(false).get(link.substring(1, link.indexOf('>')));
        }
    }
}
