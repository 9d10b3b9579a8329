package io.streamviews.eventlog;

import io.streamviews.kafka.TopicsConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * {@code /q/asyncapi}: what is published to the topics, as AsyncAPI 3.0 describes it. The document has a channel for each type
 * of entity; what the settings say of its topic is added here.
 */
@ApplicationScoped
class AsyncApi {

    private static final String DOCUMENT = "META-INF/asyncapi.json";
    private static final String TYPE = "application/vnd.aai.asyncapi+json;version=3.0.0";

    private final Entities entities;
    private final TopicsConfig topics;

    AsyncApi(Entities entities, TopicsConfig topics) {
        this.entities = entities;
        this.topics = topics;
    }

    void register(@Observes Router router) {
        String document = document().encodePrettily();
        router.get("/q/asyncapi").handler(request -> request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, TYPE)
                .end(document));
    }

    private JsonObject document() {
        JsonObject document = new JsonObject(read());
        JsonObject channels = document.getJsonObject("channels");
        for (Entity entity : entities.all()) {
            if (channels.containsKey(entity.type())) {
                channels.getJsonObject(entity.type())
                        .put("address", entity.topic())
                        .put("bindings", JsonObject.of("kafka", binding(entity)));
            }
        }
        return document;
    }

    private JsonObject binding(Entity entity) {
        return JsonObject.of("topic", entity.topic(), "partitions", topics.partitions(), "bindingVersion", "0.5.0");
    }

    private static String read() {
        try (InputStream file = Thread.currentThread().getContextClassLoader().getResourceAsStream(DOCUMENT)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
