package io.streamviews;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
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
            values.addAll(page.then().statusCode(200).extract().jsonPath().getList(field));
            String link = page.getHeader("Link");
            if (link == null) {
                return values;
            }
            assertThat(values).as("entries of the pages up to " + link).hasSizeLessThan(100_000);
            page = given().urlEncodingEnabled(false).get(link.substring(1, link.indexOf('>')));
        }
    }
}
