package io.streamviews.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.consistency.ConsistencyToken;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;

/** Requests to the instances, each of which is answered or not, in bounded time; none is sent a second time. */
final class Rest {

    /** Longer than the application takes to say that it cannot. */
    private static final Duration TIMEOUT = Duration.ofSeconds(12);

    private static final int NOT_SENT = -1;
    private static final String JSON_TYPE = "application/json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Cluster cluster;
    private final HttpClient http = HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    Rest(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * What an instance said.
     *
     * @param status 0 if it said nothing, -1 if it could not be reached
     * @param token the consistency token, null if there is none
     */
    record Answer(int status, String body, String token) {

        /** Done, and told so. */
        boolean isAccepted() {
            return status >= 200 && status < 300;
        }

        /** Not done, and told so; or never sent. */
        boolean isRefused() {
            return status >= 400 && status < 500 || status == NOT_SENT;
        }

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("Expected JSON, found: " + body, e);
            }
        }
    }

    Answer get(int instance, String path) {
        return send(instance, "GET", path, null, Map.of());
    }

    /** @param headers besides the content's type, which is JSON unless they say something else */
    Answer send(int instance, String method, String path, String body, Map<String, String> headers) {
        HttpRequest.Builder request = request(instance, path)
                .timeout(TIMEOUT)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        request.setHeader("Content-Type", JSON_TYPE);
        headers.forEach(request::setHeader);
        try {
            HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(
                    answer.statusCode(),
                    answer.body(),
                    answer.headers().firstValue(ConsistencyToken.HEADER).orElse(null));
        } catch (ConnectException | HttpConnectTimeoutException e) {
            return new Answer(NOT_SENT, String.valueOf(e.getMessage()), null);
        } catch (IOException e) {
            return new Answer(0, String.valueOf(e.getMessage()), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(0, "interrupted", null);
        }
    }

    HttpRequest.Builder request(int instance, String path) {
        return HttpRequest.newBuilder(cluster.process(instance).uri(path));
    }

    HttpClient http() {
        return http;
    }
}
