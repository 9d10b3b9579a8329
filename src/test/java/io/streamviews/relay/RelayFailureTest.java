package io.streamviews.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a relay does when something fails: the broker, the database, another relay. */
class RelayFailureTest extends RelaysAndADatabase {

    private static final RelayConfig LATER = new Config(Duration.ofMillis(50), 2000, 4_000_000, Duration.ofMinutes(5));

    private final List<CompletableFuture<Void>> outcomes = new ArrayList<>();

    /** Relays that wait for one would not stop. */
    @AfterEach
    void tellOutcomes() {
        outcomes.forEach(outcome -> outcome.complete(null));
    }

    @Test
    void oneIsActiveAndAnotherTakesOver() throws SQLException {
        Relay first = start();
        await().until(() -> first.state().isActive());
        Relay second = start();
        append(database, 1);
        await().until(() -> versions().equals(List.of(1L)));
        assertThat(second.state().isActive()).isFalse();

        first.stop().join();

        append(database, 2);
        await().until(() -> versions().equals(List.of(1L, 2L)));
        assertThat(second.state().isActive()).isTrue();
        assertThat(first.state().isActive()).isFalse();
    }

    @Test
    void outlivesTheLossOfItsConnection() throws SQLException {
        Relay first = start();
        await().until(() -> first.state().isActive());
        Relay second = start();

        for (int version = 1; version <= 5; version++) {
            append(database, version);
            terminateRelays();
            int expected = version;
            await().until(() -> published.stream().anyMatch(event -> event.version() == expected));
        }

        await().until(() -> first.state().isActive() ^ second.state().isActive());
        assertThat(versions().stream().distinct()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void whatAnInterruptedRelayHadOnItsWayDoesNotComeLast() throws SQLException {
        CompletableFuture<Void> outcome = publishesWithoutAnOutcome();
        Relay second = start();

        terminateRelays();
        append(database, 2);
        await().until(() -> versions().equals(List.of(1L, 2L)));
        arrivesLate(outcome);

        await().until(() -> versions().equals(List.of(1L, 2L, 1L, 1L, 2L)));
        assertThat(second.state().isActive()).isTrue();
    }

    @Test
    void norDoesWhatComesWhenItsSuccessorHasPublishedAgain() throws SQLException {
        CompletableFuture<Void> outcome = publishesWithoutAnOutcome();
        start();
        terminateRelays();
        append(database, 2);
        await().until(() -> versions().equals(List.of(1L, 2L, 1L, 2L)));

        arrivesLate(outcome);

        await().until(() -> versions().equals(List.of(1L, 2L, 1L, 2L, 1L, 1L, 2L)));
    }

    @Test
    void whoeverIsActiveWhenItIsDueRepeatsAllSinceTheFirstInterruption() throws SQLException {
        publishesWithoutAnOutcome();
        Relay second = start(LATER);
        terminateRelays();
        await().until(() -> versions().equals(List.of(1L)));
        second.stop().join();
        append(database, 2);
        start(LATER);
        await().until(() -> versions().equals(List.of(1L, 2L)) && isLevel());
        start(LATER);
        terminateRelays();
        append(database, 3);
        await().until(() -> versions().equals(List.of(1L, 2L, 3L)) && isLevel());

        execute(database, "UPDATE relay_cursor SET repeat_at = now()");

        await().until(() -> versions().equals(List.of(1L, 2L, 3L, 1L, 2L, 3L)));
    }

    @Test
    void oneThatIsNotHeardOfIsReplaced() throws SQLException {
        try (Connection frozen = DriverManager.getConnection(url, "postgres", null)) {
            execute(frozen, "SELECT pg_advisory_lock(7239378213489)");
            execute(frozen, "UPDATE relay_cursor SET holder = 'frozen', beat_at = now()");
            append(database, 1);
            Relay standby = start();

            await().during(FROZEN_AFTER.dividedBy(2)).until(published::isEmpty);
            await().until(() -> versions().equals(List.of(1L)));
            assertThat(standby.state().isActive()).isTrue();
            assertThat(frozen.isValid(1)).isFalse();
        }
    }

    @Test
    void oneThatHasJustGotTheLockIsNotTakenForItsPredecessor() throws SQLException {
        try (Connection taking = DriverManager.getConnection(url, "postgres", null)) {
            execute(database, "UPDATE relay_cursor SET holder = 'gone', beat_at = now() - interval '1 minute'");
            execute(taking, "SELECT pg_advisory_lock(7239378213489)");
            append(database, 1);
            start();

            await().during(FROZEN_AFTER.dividedBy(2)).until(published::isEmpty);
            assertThat(taking.isValid(1)).isTrue();

            await().until(() -> versions().equals(List.of(1L))); // it has not gone on
        }
    }

    @Test
    void oneThatWaitsForTheBrokerIsNotReplaced() throws SQLException {
        CompletableFuture<Void> outcome = publishesWithoutAnOutcome();
        Relay second = start();

        await().during(FROZEN_AFTER.multipliedBy(2)).until(() -> !second.state().isActive());

        outcome.complete(null);
        append(database, 2);
        await().until(() -> versions().equals(List.of(2L)));
        assertThat(second.state().isActive()).isFalse();
    }

    @Test
    void doesNothingToACursorThatNamesAnother() throws SQLException {
        CompletableFuture<Void> outcome = publishesWithoutAnOutcome();
        execute(database, "UPDATE relay_cursor SET holder = 'another', repeat_from = NULL");
        outcome.complete(null);

        await().until(() -> versions().equals(List.of(1L))); // it has begun anew, and published it once more
    }

    @Test
    void aRelayThatEndedInOrderLeavesNothingToRepeat() throws SQLException {
        append(database, 1);
        Relay first = start();
        await().until(() -> versions().equals(List.of(1L)));
        first.stop().join();

        start();
        append(database, 2);

        await().during(REPEAT_AFTER.multipliedBy(2)).until(() -> versions().equals(List.of(1L, 2L)));
    }

    @Test
    void whatOneThatEndsHasPublishedInVainDoesNotComeLast() throws SQLException {
        publisher.set(events ->
                Uni.createFrom().failure(new PublishFailedException(new IllegalStateException("broker away"))));
        append(database, 1);
        Relay first = start();
        await().until(() -> first.state().lastError().isPresent());
        first.stop().join();
        publisher.set(remembering());

        start();
        await().until(() -> versions().equals(List.of(1L)));
        append(database, 2);

        await().until(() -> versions().equals(List.of(1L, 2L, 1L, 2L)));
    }

    @Test
    void oneThatHasSucceededAfterAFailureLeavesNothingToRepeat() throws SQLException {
        AtomicBoolean away = new AtomicBoolean(true);
        publisher.set(events -> away.getAndSet(false)
                ? Uni.createFrom().failure(new PublishFailedException(new IllegalStateException("broker away")))
                : remembering().apply(events));
        append(database, 1);
        Relay first = start();
        await().until(this::isLevel);
        first.stop().join();

        start();
        append(database, 2);

        await().during(REPEAT_AFTER.multipliedBy(2)).until(() -> versions().equals(List.of(1L, 2L)));
    }

    @Test
    void publishesAgainWhatWasNotAcknowledgedAndOnlyThat() throws SQLException {
        int[] attempts = new int[1];
        publisher.set(events -> {
            published.addAll(events);
            return attempts[0]++ < 2
                    ? Uni.createFrom().failure(new PublishFailedException(new IllegalStateException("broker away")))
                    : Uni.createFrom().voidItem();
        });
        append(database, 1);
        Relay relay = start();

        await().until(() -> published.size() == 3);
        await().until(() -> relay.state().lastError().isEmpty());
        append(database, 2);

        await().until(() -> versions().equals(List.of(1L, 1L, 1L, 2L)));
    }

    @Test
    void saysThatTheBrokerIsAwayBeforeTheProducerGivesUp() throws SQLException {
        CompletableFuture<Void> acknowledgement = new CompletableFuture<>();
        publisher.set(events -> Uni.createFrom().completionStage(acknowledgement));
        append(database, 1);

        Relay relay = start();

        await().until(() -> relay.state().lastError().isPresent());
        assertThat(relay.state().lastError())
                .hasValueSatisfying(error -> assertThat(error).contains("Kafka does not take events"));
        assertThat(relay.state().isActive()).isTrue();

        acknowledgement.complete(null);

        await().until(() -> relay.state().lastError().isEmpty());
    }

    @Test
    void doesNotPassOverEventsOfTablesThatCameWithoutTheirSequence() throws SQLException {
        append(database, 1);
        execute(database, "SELECT setval('event_log_id_seq', 1000); UPDATE relay_cursor SET event_id = 1000");
        execute(database, "SELECT setval('event_log_id_seq', 1)");

        Relay relay = start();

        await().until(() -> relay.state().lastError().isPresent());
        String error = relay.state().lastError().orElseThrow();
        assertThat(error).contains("SELECT setval('public.event_log_id_seq', 1000)");
        execute(database, error.substring(error.indexOf("SELECT setval")));
        append(database, 2);
        await().until(() -> versions().equals(List.of(2L)));
    }

    /** An active relay has event 1 on its way, and nobody knows what becomes of it; those to come publish as usual. */
    private CompletableFuture<Void> publishesWithoutAnOutcome() throws SQLException {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        outcomes.add(outcome);
        publisher.set(events -> Uni.createFrom().completionStage(outcome));
        append(database, 1);
        Relay first = start();
        await().until(() -> first.state().lastError().isPresent());
        publisher.set(remembering());
        return outcome;
    }

    private void arrivesLate(CompletableFuture<Void> outcome) {
        published.add(published.get(0));
        outcome.complete(null);
    }

    private boolean isLevel() throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT event_id = (SELECT max(id) FROM event_log) FROM relay_cursor")) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
