package io.streamviews.consistency;

import static io.restassured.RestAssured.given;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Writes, and requests with the tokens of writes. */
final class Tokens {

    private Tokens() {}

    static Response createUser(String name, String department) {
        return createUser(name, department, UUID.randomUUID().toString());
    }

    static Response createUser(String name, String department, String key) {
        Response created = given().contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body(user(name, department))
                .post("/api/users");
        created.then().statusCode(201);
        return created;
    }

    static Map<String, String> user(String name, String department) {
        return Map.of("name", name, "email", "someone@example.com", "department", department);
    }

    static RequestSpecification after(Response command) {
        return read(token(command));
    }

    static RequestSpecification read(String token) {
        return given().header(ConsistencyToken.HEADER, token);
    }

    /** As a producer in any language makes it, of what the broker has answered. */
    static String place(RecordMetadata sent) {
        return sent.topic() + "/" + sent.partition() + "/" + sent.offset();
    }

    static String token(Response command) {
        return command.header(ConsistencyToken.HEADER);
    }
}
