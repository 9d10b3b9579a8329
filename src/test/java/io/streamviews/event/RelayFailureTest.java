package io.streamviews.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Uni;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a relay does when something fails: the broker, the database, another relay. */
class RelayFailureTest extends RelaysAndADatabase {

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
        CompletableFuture<Void> neverBefore = new CompletableFuture<>();
        publisher.set(events -> Uni.createFrom().completionStage(neverBefore));
        append(database, 1);
        Relay first = start();
        await().until(() -> first.state().lastError().isPresent());
        publisher.set(remembering());
        Relay second = start();

        terminateRelays();
        append(database, 2);
        await().until(() -> versions().equals(List.of(1L, 2L)));
        published.add(published.get(0)); // arrives late, by way of the first relay's producer
        neverBefore.complete(null);

        await().until(() -> versions().equals(List.of(1L, 2L, 1L, 1L, 2L)));
        assertThat(second.state().isActive()).isTrue();
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
}
