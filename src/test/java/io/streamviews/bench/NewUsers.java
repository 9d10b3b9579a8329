package io.streamviews.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Creates one user after the other by {@code POST} until it is closed, and looks how long each takes from there to Kafka and
 * to the view.
 */
final class NewUsers implements AutoCloseable {

    private static final String USER =
            "{\"name\":\"n\",\"email\":\"e@example.com\",\"department\":\"new\",\"status\":\"ACTIVE\"}";
    private static final String STATE =
            """
            SELECT EXISTS (SELECT FROM public.event_log e, public.relay_cursor c
                            WHERE e.aggregate_type = 'user' AND e.aggregate_id = ? AND e.id <= c.event_id),
                   EXISTS (SELECT FROM views.user_view WHERE user_id = ?)
            """;
    private static final long PAUSE_NANOS = 20_000_000;
    private static final long POLL_NANOS = 5_000_000;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final ConcurrentHistogram toKafkaMicros = new ConcurrentHistogram(3);
    private final ConcurrentHistogram toRowMicros = new ConcurrentHistogram(3);
    private final HttpRequest request;
    private final BenchServers servers;
    private final Thread creating = new Thread(this::create, "new-users");
    private volatile boolean over;
    private RuntimeException failure;
    private volatile long count;

    NewUsers(URI address, BenchServers servers) {
        this.request = HttpRequest.newBuilder(address.resolve("/api/users"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(USER))
                .build();
        this.servers = servers;
        creating.start();
    }

    /** Tells only of later users how long they took. */
    void forgetTimes() {
        toKafkaMicros.reset();
        toRowMicros.reset();
    }

    private void create() {
        try (Connection connection = servers.connect();
                PreparedStatement state = connection.prepareStatement(STATE)) {
            while (!over) {
                long start = System.nanoTime();
                HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
                if (answer.statusCode() != 201) {
                    throw new IllegalStateException(answer.statusCode() + " " + answer.body());
                }
                await(state, json.readTree(answer.body()).get("id").asLong(), start);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException | SQLException e) {
            failure = new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void await(PreparedStatement state, long id, long start) throws SQLException {
        state.setLong(1, id);
        state.setLong(2, id);
        boolean inKafka = false;
        for (boolean inView = false; !inView; LockSupport.parkNanos(POLL_NANOS)) {
            try (ResultSet row = state.executeQuery()) {
                row.next();
                long micros = (System.nanoTime() - start) / 1_000;
                inView = row.getBoolean(2);
                if (!inKafka && (row.getBoolean(1) || inView)) {
                    inKafka = true;
                    toKafkaMicros.recordValue(micros);
                }
                if (inView) {
                    toRowMicros.recordValue(micros);
                    count++;
                }
            }
        }
    }

    long created() {
        return count;
    }

    double longestToKafkaMs() {
        return toKafkaMicros.getMaxValue() / 1e3;
    }

    double longestToRowMs() {
        return toRowMicros.getMaxValue() / 1e3;
    }

    double medianToRowMs() {
        return toRowMicros.getValueAtPercentile(50) / 1e3;
    }

    /** Returns when the last one is in the view. */
    @Override
    public void close() {
        over = true;
        try {
            creating.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
