package io.streamviews.eventlog;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.PublishedRecords;
import io.streamviews.relay.RelayReadinessTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The description of the topics, held against what is published to them, with the headers that there can be. */
@QuarkusTest
@TestProfile(RelayReadinessTest.SoonStuck.class)
@QuarkusTestResource(EmbeddedServersResource.class)
class AsyncApiTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(VersionFlag.V7);

    private JsonNode document;

    @BeforeEach
    void readTheDocument() throws Exception {
        document = JSON.readTree(given().get("/q/asyncapi")
                .then()
                .statusCode(200)
                .header("Content-Type", "application/vnd.aai.asyncapi+json;version=3.0.0")
                .extract()
                .asString());
    }

    @Test
    void saysWhatIsPublishedOfUsers() throws Exception {
        long id = create("/api/users", Map.of("name", "n", "email", "a@example.com"));
        put("/api/users/" + id, Map.of("name", "n", "email", "a@example.com", "department", "개발팀"));
        given().delete("/api/users/{id}", id).then().statusCode(204);

        assertThat(published("user", Long.toString(id), "userId", id))
                .containsExactly("USER_CREATED", "USER_UPDATED", "USER_DELETED");
    }

    @Test
    void saysWhatIsPublishedOfPosts() throws Exception {
        long author = create("/api/users", Map.of("name", "n", "email", "a@example.com"));
        long id = create("/api/posts", Map.of("title", "t", "content", "c", "authorId", author));
        put("/api/posts/" + id, Map.of("title", "u", "content", "c"));
        given().delete("/api/posts/{id}", id).then().statusCode(204);

        assertThat(published("post", Long.toString(author), "postId", id))
                .containsExactly("POST_CREATED", "POST_UPDATED", "POST_DELETED");
    }

    /** The types of three records, all of which are as the document says. */
    private List<String> published(String channel, String key, String idField, long id) throws Exception {
        String topic = document.at("/channels/" + channel + "/address").asText();
        assertThat(document.at("/channels/" + channel + "/bindings/kafka/partitions")
                        .asInt())
                .isEqualTo(6);
        String message =
                document.at("/channels/" + channel + "/messages").fieldNames().next();
        List<ConsumerRecord<String, String>> records;
        try (PublishedRecords published = new PublishedRecords(topic)) {
            records = await().atMost(PATIENCE)
                    .until(
                            () -> published.matching(record -> key.equals(record.key())
                                    && record.value().contains("\"" + idField + "\":" + id + ",")),
                            found -> found.size() >= 3);
        }
        for (ConsumerRecord<String, String> record : records) {
            assertThat(schema(message).validate(JSON.readTree(record.value())))
                    .as(record.value())
                    .isEmpty();
            JsonNode headers = JSON.valueToTree(headers(record));
            assertThat(schema("Headers").validate(headers))
                    .as(headers.toString())
                    .isEmpty();
            assertThat(key)
                    .matches(document.at("/components/messages/" + message + "/bindings/kafka/key/pattern")
                            .asText());
        }
        assertThat(records.stream()
                        .flatMap(record -> headers(record).keySet().stream())
                        .collect(Collectors.toSet()))
                .as("every header that is described is there")
                .isEqualTo(documented("Headers"));
        return records.stream().map(AsyncApiTest::type).toList();
    }

    private static String type(ConsumerRecord<String, String> record) {
        try {
            return JSON.readTree(record.value()).get("eventType").asText();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private Set<String> documented(String schema) {
        Set<String> names = new TreeSet<>();
        document.at("/components/schemas/" + schema + "/properties")
                .fieldNames()
                .forEachRemaining(names::add);
        return names;
    }

    private static Map<String, String> headers(ConsumerRecord<String, String> record) {
        return StreamSupport.stream(record.headers().spliterator(), false)
                .collect(Collectors.toMap(
                        header -> header.key(), header -> new String(header.value(), StandardCharsets.UTF_8)));
    }

    /** Stricter than the document: a field that it does not name is refused. */
    private JsonSchema schema(String name) {
        ObjectNode schema = JSON.createObjectNode();
        schema.put("$ref", "#/components/schemas/" + name);
        schema.set("components", document.get("components").deepCopy());
        schema.at("/components/schemas").forEach(each -> ((ObjectNode) each).put("additionalProperties", false));
        return SCHEMAS.getSchema(schema);
    }

    private static long create(String path, Map<String, Object> body) {
        return given().contentType(ContentType.JSON)
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .body(body)
                .post(path)
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("id");
    }

    private static void put(String path, Map<String, Object> body) {
        given().contentType(ContentType.JSON).body(body).put(path).then().statusCode(200);
    }
}
