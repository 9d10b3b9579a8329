package io.streamviews.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.streamviews.chaos.Archive.Event;
import io.streamviews.chaos.Archive.Place;
import io.streamviews.chaos.Ledger.Accepted;
import io.streamviews.chaos.LogBook.Entry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What {@link ChaosIT} looks for, it finds: each thing is put wrong by hand, named, and put right again. */
@Tag("alone")
@EnabledIfSystemProperty(named = "chaos.minutes", matches = ".*\\d.*")
class VerdictIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int COMMANDS = 400;

    private static Cluster cluster;
    private static Rest rest;
    private static Archive archive;
    private static Ledger ledger;
    private Journal journal;
    private Losses losses;

    @BeforeAll
    static void haveSomethingToJudge() throws Exception {
        cluster = new Cluster("verdict");
        for (int i = 0; i < Cluster.NAMES.size(); i++) {
            cluster.start(i);
        }
        cluster.awaitReady();
        rest = new Rest(cluster);
        ledger = new Ledger();
        Journal journal = new Journal();
        archive = new Archive(cluster, journal);
        Client client = new Client("0", 1, rest, ledger, new Monitor(cluster, rest, journal));
        for (int i = 0; i < COMMANDS; i++) {
            client.step();
        }
        assertThat(journal.report()).doesNotContain("VIOLATED");
    }

    @AfterAll
    static void close() throws Exception {
        archive.close();
        cluster.close();
    }

    @BeforeEach
    void begin() {
        journal = new Journal();
        losses = new Losses(cluster, archive);
        verdict().level(PATIENCE);
    }

    @Test
    void nothingIsFoundWhereAllIsRight() {
        verdict().judge();

        assertThat(journal.report()).doesNotContain("VIOLATED");
    }

    @Test
    void aMissingRow() throws SQLException {
        long user = any("user").id();
        sql("DELETE FROM views.user_view WHERE user_id = " + user);

        assertFound(Invariant.ACCEPTED_ONCE, "user %d: user_view says null".formatted(user));
        assertThat(journal.violations(Invariant.VIEWS_AGREE)).isPositive();
        replay(cluster.userEvents);
    }

    @Test
    void aRowThatSaysSomethingElse() throws SQLException {
        long post = any("post").id();
        sql("UPDATE views.post_view SET title = title || '!' WHERE post_id = " + post);

        assertFound(Invariant.ACCEPTED_ONCE, "post %d: post_view says".formatted(post));
        replay(cluster.postEvents);
    }

    @Test
    void aCounterThatIsWrong() throws SQLException {
        sql("UPDATE views.email_domains_kept SET \"state 1\" = \"state 1\" + 1");

        assertFound(Invariant.VIEWS_AGREE, "email_domains differs from its definition");
        sql("UPDATE views.email_domains_kept SET \"state 1\" = \"state 1\" - 1");
    }

    @Test
    void anEntityThatTheLogKnowsOtherwise() throws SQLException {
        long user = any("user").id();
        sql("UPDATE public.users SET version = version + 1 WHERE id = " + user);

        assertFound(Invariant.NOTHING_HALF_DONE, "user %d: the log ends with".formatted(user));
        sql("UPDATE public.users SET version = version - 1 WHERE id = " + user);
    }

    @Test
    void anAcceptedCommandThatIsNotInTheLog() {
        Ledger more = new Ledger();
        more.accepted(new Accepted("user", 999_999, 1, "nobody"));
        ledger.outcomes().forEach((mark, outcome) -> more.accepted(mark));

        new CommandCheck(cluster, evidence(more), LogBook.read(cluster), journal).run();

        assertThat(journal.report()).contains("nobody was accepted, and is in the log 0 times", "999999");
    }

    @Test
    void aRefusedCommandThatIsInTheLog() {
        String mark = LogBook.read(cluster).marks().iterator().next();
        Ledger other = new Ledger();
        ledger.outcomes().forEach((known, outcome) -> other.accepted(known));
        other.refused(mark);

        new CommandCheck(cluster, evidence(other), LogBook.read(cluster), journal).run();

        assertThat(journal.report()).contains(mark + " was refused, and is in the log");
    }

    @Test
    void aGapThatIsNone() throws SQLException {
        gap(new Place(cluster.userEvents, 3, 1, 5), 9);

        assertFound(Invariant.LOSSES_NAMED, "nothing was removed there");
        sql("DELETE FROM views.projection_gap");
    }

    @Test
    void aLossThatIsNotNamed() {
        Place place = archive.places(any("user")).get(0);
        losses.removed(place.in(), place.offset() + 1);
        losses.unread(List.of(place));

        assertFound(Invariant.LOSSES_NAMED, place + " was removed before anybody had read it");
    }

    @Test
    void aMissingRowWhoseLossIsNamedIsExcused() throws SQLException {
        Event event = any("user");
        Place place = archive.places(event).get(0);
        sql("DELETE FROM views.user_view WHERE user_id = " + event.id());
        losses.removed(place.in(), place.offset() + 1);
        losses.unread(List.of(place));
        gap(place, place.offset() + 1);

        verdict().judge();

        assertThat(journal.report()).doesNotContain("VIOLATED");
        sql("DELETE FROM views.projection_gap");
        replay(cluster.userEvents);
    }

    @Test
    void anOlderVersionAfterANewerOne() throws Exception {
        long user = any("user").id();
        try (Monitor monitor = new Monitor(cluster, rest, journal)) {
            monitor.watch("user", user);
            monitor.start();
            await().atMost(PATIENCE).until(() -> monitor.reads() > 10);
            sql("UPDATE views.user_view SET version = 0 WHERE user_id = " + user);
            await().atMost(PATIENCE).until(() -> !monitor.doubts().isEmpty());
            new Verdict(cluster, rest, new Evidence(ledger, archive, losses, monitor), journal).judge();
        }
        assertThat(journal.report())
                .contains("user %d, read by way of".formatted(user), "is in version 0, after version 1");
        replay(cluster.userEvents);
    }

    @Test
    void aProjectionThatStandsStill() {
        Operators operators = new Operators(cluster, rest, journal, Settings.read());
        Client late = new Client("late", 2, rest, ledger, new Monitor(cluster, rest, journal));
        // one that has been paused this moment may still read
        operators.whilePaused(() -> await().atMost(PATIENCE).until(() -> {
            late.step();
            verdict().level(Duration.ofSeconds(2));
            return journal.violations(Invariant.LEVEL_AND_HEALTHY) > 0;
        }));

        assertThat(journal.report()).contains("2 s after the last fault: positions and ends differ");
    }

    private Verdict verdict() {
        return new Verdict(cluster, rest, evidence(ledger), journal);
    }

    private Evidence evidence(Ledger known) {
        return new Evidence(known, archive, losses, new Monitor(cluster, rest, journal));
    }

    private void assertFound(Invariant invariant, String what) {
        verdict().judge();
        assertThat(journal.violations(invariant)).isPositive();
        assertThat(journal.report()).contains(what);
    }

    /** The only event of an entity that was never changed. */
    private static Event any(String type) {
        LogBook log = LogBook.read(cluster);
        for (Entry entry : log.all()) {
            Event event = entry.event();
            if (event.type().equals(type) && log.of(type, event.id()).size() == 1) {
                return event;
            }
        }
        throw new IllegalStateException("All have been changed");
    }

    private static void gap(Place from, long to) throws SQLException {
        sql("INSERT INTO views.projection_gap (topic, partition, topic_id, from_offset, to_offset)"
                + " VALUES ('%s', %d, '%s', %d, %d)"
                        .formatted(
                                from.topic(),
                                from.partition(),
                                archive.topicId(from.topic(), from.incarnation()),
                                from.offset(),
                                to));
    }

    private static void replay(String topic) {
        String request = "{\"topic\":\"%s\",\"from\":\"earliest\"}".formatted(topic);
        // The one before may not have come to its end.
        await().atMost(PATIENCE)
                .until(() -> rest.send(0, "POST", "/api/admin/replays", request, Map.of())
                                .status()
                        == 202);
    }

    private static void sql(String statement) throws SQLException {
        try (Connection connection = cluster.connect();
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }
}
