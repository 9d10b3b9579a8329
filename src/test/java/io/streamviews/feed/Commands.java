package io.streamviews.feed;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.util.Map;

/** The commands whose changes are followed. */
final class Commands {

    static final String TOKEN = "Consistency-Token";

    private Commands() {}

    static Response createUser(String department) {
        Response created =
                given().contentType(ContentType.JSON).body(user(department)).post("/api/users");
        created.then().statusCode(201);
        return created;
    }

    static Map<String, String> user(String department) {
        return Map.of("name", "Followed", "email", "f@example.com", "department", department);
    }

    static Response createPost(Response author, String content) {
        Response created = given().header(TOKEN, author.header(TOKEN))
                .contentType(ContentType.JSON)
                .body(Map.of("title", "t", "content", content, "authorId", author.<Integer>path("id")))
                .post("/api/posts");
        created.then().statusCode(201);
        return created;
    }
}
