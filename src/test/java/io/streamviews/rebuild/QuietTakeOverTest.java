package io.streamviews.rebuild;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.streamviews.EmbeddedServersResource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That partitions are taken over again is part of a replay and of a roll-back: a line of ours says so, and no alarm. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class QuietTakeOverTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Logger STREAM_THREAD =
            Logger.getLogger("org.apache.kafka.streams.processor.internals.StreamThread");
    private static final Logger ROOT = Logger.getLogger("");

    private final Heard heard = new Heard();

    @BeforeEach
    void listen() {
        for (int i = 0; i < 60; i++) {
            given().contentType("application/json")
                    .body("{\"name\":\"n\",\"email\":\"e@example.com\"}")
                    .post("/api/users")
                    .then()
                    .statusCode(201);
        }
        awaitLevel();
        ROOT.addHandler(heard);
    }

    @AfterEach
    void stopListening() {
        ROOT.removeHandler(heard);
    }

    @Test
    void aReplayIsNoAlarm() {
        given().contentType("application/json")
                .body("{\"topic\":\"user-events\",\"from\":\"earliest\"}")
                .post("/api/admin/replays")
                .then()
                .statusCode(202);

        await().atMost(PATIENCE).until(() -> !heard.takenOverAgain().isEmpty());
        awaitLevel();
        assertThat(heard.alarms()).isEmpty();
    }

    @Test
    void norIsARollBack() {
        String rebuild = given().post("/api/admin/rebuilds")
                .then()
                .statusCode(202)
                .extract()
                .header("Location");
        await().atMost(PATIENCE).until(() -> "DONE".equals(state(rebuild)));

        given().post(rebuild + "/rollback").then().statusCode(200);

        await().atMost(PATIENCE).until(() -> !heard.takenOverAgain().isEmpty());
        awaitLevel();
        assertThat(heard.alarms()).isEmpty();
    }

    @Test
    void whatKafkaFindsOutItselfStaysAnAlarm() {
        STREAM_THREAD.log(Level.WARNING, "Detected that the thread is being fenced", new TaskMigratedException("late"));

        assertThat(heard.alarms()).hasSize(1);
    }

    private static void awaitLevel() {
        await().atMost(PATIENCE).until(() -> "CURRENT".equals(state("/api/admin/projection")));
    }

    private static String state(String address) {
        return given().get(address).jsonPath().getString("state");
    }

    /** What the projection, and Kafka Streams beneath it, log while it listens. */
    private static final class Heard extends Handler {

        private static final PatternFormatter FORMATTER = new PatternFormatter("%p %c %s %e");

        private final List<LogRecord> records = new CopyOnWriteArrayList<>();

        /** But for what a rebuild says of events that tests before have removed. */
        List<String> alarms() {
            return lines(Level.WARNING, "").stream()
                    .filter(line -> !line.contains("RemovedEvents"))
                    .toList();
        }

        List<String> takenOverAgain() {
            return lines(Level.INFO, "is taken over again, with");
        }

        private List<String> lines(Level level, String text) {
            return records.stream()
                    .filter(each -> each.getLoggerName().startsWith("io.streamviews.projection")
                            || each.getLoggerName().startsWith("org.apache.kafka.streams"))
                    .filter(each -> each.getLevel().intValue() >= level.intValue())
                    .map(FORMATTER::format)
                    .filter(line -> line.contains(text))
                    .toList();
        }

        @Override
        public void publish(LogRecord each) {
            records.add(each);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
