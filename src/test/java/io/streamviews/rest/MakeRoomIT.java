package io.streamviews.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.SmallProcess;
import io.streamviews.Sockets;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Who takes all that there is, and makes no use of it, keeps out nobody who does. */
@Tag("alone")
@EnabledOnOs(OS.LINUX)
class MakeRoomIT {

    private static final int MOST_REQUESTS = 200;
    private static final int MOST_CONNECTIONS = 400;
    private static final Duration BODY_TIME = Duration.ofSeconds(5);
    private static final Duration TOKEN_WAIT = Duration.ofSeconds(20);

    private static SmallProcess application;

    private final Sockets clients = new Sockets(application);

    @BeforeAll
    static void start() {
        application = SmallProcess.start(
                "room",
                Map.of(
                        "streamviews.limits.requests",
                        String.valueOf(MOST_REQUESTS),
                        "streamviews.limits.connections",
                        String.valueOf(MOST_CONNECTIONS),
                        "streamviews.limits.body-time",
                        BODY_TIME.toString(),
                        "streamviews.consistency.max-wait",
                        TOKEN_WAIT.toString()));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @AfterEach
    void hangUp() {
        clients.close();
    }

    @Test
    void bodiesThatDoNotComeTakeNoMoreThanTheirShare() {
        String begun = "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100\r\n\r\n{";
        for (int i = 0; i < MOST_REQUESTS + 50; i++) {
            clients.connect(begun);
        }
        assertThat(status("/q/health/live")).isEqualTo(200);

        // sooner than in the time that a body has
        await().atMost(BODY_TIME.minusSeconds(2)).until(() -> status("/api/users/1") != 503);
        for (int i = 0; i < 20; i++) {
            assertThat(status("/api/users/1")).isNotEqualTo(503);
        }
        assertThat(clients.all()).allSatisfy(client -> assertThat(Sockets.firstLine(client))
                .containsAnyOf("HTTP/1.1 408", "HTTP/1.1 503"));
        assertThat(status("/api/users/1")).isNotEqualTo(503);
    }

    @Test
    void readsThatWaitForWhatNeverCameLetOthersIn() {
        String waiting =
                "GET /api/departments/stats HTTP/1.1\r\nHost: localhost\r\nConsistency-Token: user:999999:1\r\n\r\n";
        for (int i = 0; i < MOST_REQUESTS; i++) {
            clients.connect(waiting);
        }

        await().atMost(TOKEN_WAIT.dividedBy(2)).until(() -> status("/api/users/1") != 503);
        for (int i = 0; i < 20; i++) {
            assertThat(status("/api/users/1")).isNotEqualTo(503);
        }
        // who waited for longest: the first to be read, which need not be the first to be sent
        await().until(() -> clients.all().stream().anyMatch(Sockets::isAnswered));
        assertThat(clients.all().stream().filter(Sockets::isAnswered))
                .anySatisfy(client -> assertThat(Sockets.firstLine(client)).contains("503"));
    }

    @Test
    void connectionsThatAreKeptForNothingMakeRoom() {
        String request = "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for (int i = 0; i < MOST_CONNECTIONS; i++) {
            assertThat(Sockets.firstLine(clients.connect(request))).contains("200");
        }

        Socket following = clients.connect("GET /api/views/user_view/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(Sockets.firstLine(following)).contains("200");
        for (int i = 0; i < MOST_CONNECTIONS; i++) {
            assertThat(Sockets.firstLine(clients.connect(request))).contains("200");
        }
        assertThat(Sockets.isCutWhenItSendsOn(following)).isFalse();
    }

    private static int status(String path) {
        return application.process().get(path).statusCode();
    }
}
