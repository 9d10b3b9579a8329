package io.streamviews.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.streamviews.EmbeddedServersResource;
import io.streamviews.UserTopic;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scripts/kafka-replay.sh} as people call it, against the running application. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class KafkaReplayScriptTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String GROUP = "post-service-streams";
    private static final long ID = 72_000_001;

    @TempDir
    static Path directory;

    @Inject
    Pool pool;

    private UserTopic topic;

    @BeforeEach
    void open() {
        topic = new UserTopic();
    }

    @AfterEach
    void close() {
        topic.close();
    }

    @Test
    void itExplainsItself() {
        Outcome help = run("", "--help");

        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("--topic", "--servers", "--offset", "--reset-group", "--partition", "--yes");
    }

    @Test
    void eventsAreShownWithKeyTimePartitionOffsetAndPayload() {
        RecordMetadata place = topic.user(ID, "shown by the script", 1);

        Outcome shown = run("", "-t", "user-events", "-o", "earliest");

        assertThat(shown.err()).isEmpty();
        assertThat(shown.status()).isZero();
        assertThat(shown.out().lines())
                .anySatisfy(line -> assertThat(line.split("\t")).hasSize(5).satisfies(fields -> {
                    assertThat(fields[0]).isEqualTo(Long.toString(ID));
                    assertThat(fields[1]).endsWith("Z");
                    assertThat(fields[2]).isEqualTo(Integer.toString(place.partition()));
                    assertThat(fields[3]).isEqualTo(Long.toString(place.offset()));
                    assertThat(fields[4]).contains("shown by the script");
                }));
    }

    @Test
    void anOffsetAndAPartitionSayWhatIsShown() {
        topic.user(ID, "before", 1);
        RecordMetadata place = topic.user(ID, "after", 2);

        Outcome shown = run(
                "",
                "--topic",
                "user-events",
                "--partition",
                Integer.toString(place.partition()),
                "--offset",
                Long.toString(place.offset()));

        assertThat(shown.out().lines()).hasSize(1).first().asString().contains("\"department\":\"after\"");
        assertThat(run("", "-t", "user-events", "-o", "latest").out()).isEmpty();
    }

    @Test
    void replayingBringsRowsDeletedByHandBack() {
        topic.user(ID, "deleted by hand", 1);
        await().atMost(PATIENCE).until(() -> isThere(ID));
        pool.query("DELETE FROM views.user_view WHERE user_id = " + ID).executeAndAwait();

        Outcome replay = run("y\n", "-t", "user-events", "-r", GROUP);

        assertThat(replay.err()).doesNotContain("kafka-replay.sh:");
        assertThat(replay.status()).isZero();
        assertThat(replay.out())
                .contains("[########################################] 100 %")
                .contains("Read again:");
        assertThat(isThere(ID)).isTrue();
    }

    @Test
    void withYesNobodyIsAsked() {
        RecordMetadata place = topic.user(ID, "again", 3);

        Outcome replay = run(
                "",
                "-y",
                "-t",
                "user-events",
                "-r",
                GROUP,
                "-p",
                Integer.toString(place.partition()),
                "-o",
                Long.toString(place.offset()));

        assertThat(replay.err()).isEmpty();
        assertThat(replay.status()).isZero();
        assertThat(replay.out()).contains("100 %");
    }

    @Test
    void nothingIsReplayedUnlessItIsConfirmed() {
        assertRefused(run("n\n", "-t", "user-events", "-r", GROUP), "nothing done");
        assertRefused(run("", "-t", "user-events", "-r", GROUP), "nothing done");
    }

    @Test
    void fromTheEndOnThereIsNothingToReplay() {
        Outcome refused = run("", "-y", "-t", "user-events", "-r", GROUP, "-o", "latest");

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("nothing to read again");
    }

    @Test
    void anotherGroupIsNoneOfTheApplications() {
        assertRefused(
                run("", "-y", "-t", "user-events", "-r", "somebody-else"),
                "the views are kept by the group post-service-streams, not by 'somebody-else'");
    }

    @Test
    void aTopicThatIsNoneOfOursIsNamed() {
        assertRefused(run("", "-t", "nothing"), "Topic nothing is not one of user-events, post-events");
    }

    @Test
    void aPartitionThatIsNotThereIsNamed() {
        assertRefused(run("", "-t", "user-events", "-p", "99"), "partition must be from 0 to 5");
    }

    @Test
    void serversThatDoNotAnswerAreNamed() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        assertRefused(run("", "-t", "user-events", "-s", "localhost:" + closed), "does not answer");
    }

    @Test
    void serversThatAreNoneOfOursAreNamed() throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            Thread hangingUp = new Thread(() -> {
                try {
                    other.accept().close();
                } catch (IOException closed) {
                    throw new UncheckedIOException(closed);
                }
            });
            hangingUp.start();

            assertRefused(
                    run("", "-t", "user-events", "-s", "localhost:" + other.getLocalPort()),
                    "that is not where Kafka is");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-x",
                "-t",
                "-t user-events -o yesterday",
                "-t user-events -p one",
                "-t user-events more",
                "-t user/events",
                "-t user-events -o"
            })
    void wrongOptionsAreOneLine(String options) {
        Outcome refused = run("", options.isEmpty() ? new String[0] : options.split(" "));

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err().lines()).hasSize(1);
    }

    private static void assertRefused(Outcome outcome, String message) {
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().lines()).hasSize(1);
        assertThat(outcome.err()).contains(message);
    }

    private boolean isThere(long id) {
        return pool.query("SELECT FROM views.user_view WHERE user_id = " + id)
                        .executeAndAwait()
                        .size()
                == 1;
    }

    private static Outcome run(String input, String... options) {
        try {
            Path in = Files.writeString(Files.createTempFile(directory, "in", ""), input);
            Path out = Files.createTempFile(directory, "out", "");
            Path err = Files.createTempFile(directory, "err", "");
            List<String> command = new ArrayList<>(List.of("bash", "scripts/kafka-replay.sh"));
            command.addAll(List.of(options));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().put("STREAMVIEWS_URL", "http://localhost:" + RestAssured.port);
            Process process = builder.start();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("The script did not end: " + Files.readString(err));
            }
            return new Outcome(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Outcome(int status, String out, String err) {}
}
