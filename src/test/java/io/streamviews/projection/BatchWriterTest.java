package io.streamviews.projection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.source.Message;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What batches of events make of the rows, the derived rows and the dead letters. */
class BatchWriterTest extends OwnedPartition {

    @Test
    void aBatchMovesRowsDerivedRowsAndPositionTogether() {
        write(users.created(0, 1, "a"), users.created(1, 2, "b"), users.updated(2, 1, "b", 2));

        assertThat(departmentsOf(1, 2)).containsExactly("b", "b");
        assertThat(generation.value("SELECT user_count FROM %s.department_stats WHERE department = 'b'"))
                .isEqualTo(2L);
        assertThat(nextOffset()).isEqualTo(3L);
    }

    @Test
    void readingABatchAgainWritesNothing() {
        TopicRecord[] events = {users.created(0, 1, "a"), users.created(1, 2, "b"), users.deleted(2, 2, 2)};
        write(events);
        Object before = generation.value("SELECT (xmin::text, last_processed_at)::text FROM %s.user_view");
        Object derivedBefore = generation.value("SELECT xmin::text FROM %s.department_stats_kept");

        write(events);

        assertThat(generation.value("SELECT (xmin::text, last_processed_at)::text FROM %s.user_view"))
                .isEqualTo(before);
        assertThat(generation.value("SELECT xmin::text FROM %s.department_stats_kept WHERE \"state 1\" <> 0"))
                .isEqualTo(derivedBefore);
    }

    @Test
    void theHigherVersionWinsWhereverItStands() {
        write(users.created(0, 1, "a"), users.updated(1, 1, "third", 3), users.updated(2, 1, "second", 2));
        write(users.updated(3, 1, "second", 2));

        assertThat(departmentsOf(1)).containsExactly("third");
    }

    @Test
    void amongEqualVersionsTheLaterWins() {
        write(users.created(0, 1, "a"), users.updated(1, 1, "first", 2));
        write(users.updated(2, 1, "second", 2), users.updated(3, 1, "third", 2));
        write(users.updated(1, 1, "first", 2));

        assertThat(departmentsOf(1)).containsExactly("third");
    }

    @Test
    void anOldEventDoesNotBringADeletedUserBack() {
        write(users.created(0, 1, "a"), users.updated(1, 1, "b", 2));
        write(users.deleted(2, 1, 3));
        write(users.created(0, 1, "a"), users.updated(1, 1, "b", 2));

        assertThat(generation.query("SELECT * FROM %s.user_view")).isEmpty();
        assertThat(generation.query("SELECT * FROM %s.department_stats")).isEmpty();
    }

    @Test
    void anEventNewerThanTheDeletionDoes() {
        write(users.created(0, 1, "a"), users.deleted(1, 1, 2));
        write(users.updated(2, 1, "back", 3));

        assertThat(departmentsOf(1)).containsExactly("back");
    }

    @Test
    void aKafkaTombstoneVoidsWhatStandsBeforeIt() {
        write(users.created(0, 1, "a"), users.updated(1, 1, "b", 7));
        write(users.raw(2, "1", null));
        assertThat(generation.query("SELECT * FROM %s.user_view")).isEmpty();

        write(users.updated(1, 1, "b", 7));
        assertThat(generation.query("SELECT * FROM %s.user_view")).isEmpty();

        write(users.created(3, 1, "anew"));
        assertThat(departmentsOf(1)).containsExactly("anew");
    }

    @Test
    void aKafkaTombstoneAndWhatFollowsItFitIntoOneBatch() {
        write(users.created(0, 1, "a"), users.updated(1, 1, "b", 7));

        write(users.updated(2, 1, "c", 8), users.raw(3, "1", null), users.created(4, 1, "anew"));

        assertThat(departmentsOf(1)).containsExactly("anew");
        assertThat(generation.derivedViewErrors()).isZero();
    }

    @Test
    void aDeletionAfterAKafkaTombstoneCountsByItsOwnVersion() {
        write(users.updated(0, 1, "a", 7), users.raw(1, "1", null), users.deleted(2, 1, 2));
        write(users.created(3, 1, "old"));
        assertThat(generation.query("SELECT * FROM %s.user_view")).isEmpty();

        write(users.raw(4, "1", null));
        write(users.created(5, 1, "anew"));

        assertThat(departmentsOf(1)).containsExactly("anew");
    }

    @Test
    void aBadEventBecomesADeadLetterOnce() {
        TopicRecord[] events = {
            users.created(0, 1, "a"),
            users.raw(1, "2", "rubbish".getBytes(UTF_8)),
            users.raw(2, "3", new byte[0]),
            users.raw(3, null, null),
            users.raw(4, "5", "{\"eventType\":\"USER_EXPLODED\"}".getBytes(UTF_8)),
            users.raw(5, "6", users.created(0, 7, "a").value()),
            users.raw(6, "8", new byte[] {'{', '"', (byte) 0xff, '"', '}'}),
            users.event(7, "USER_CREATED", 9, "nul\\u0000", "ACTIVE", 1),
            users.raw(8, "10", "[1]".getBytes(UTF_8)),
            users.created(9, 11, "a")
        };
        write(events);
        write(events);

        assertThat(departmentsOf(1, 11)).containsExactly("a", "a");
        assertThat(generation.value("SELECT count(*) FROM %s.user_view")).isEqualTo(2L);
        assertThat(generation.query("SELECT \"offset\" FROM %s.dead_letter ORDER BY 1"))
                .extracting(row -> row.getLong(0))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(nextOffset()).isEqualTo(10L);
    }

    @Test
    void aBadEventKeepsItsHeadersWhateverTheirNamesAre() {
        TopicRecord bad = users.raw(0, "1", "rubbish".getBytes(UTF_8));
        Headers headers = new RecordHeaders().add("a\0b", "1".getBytes(UTF_8)).add("none", null);

        write(new TopicRecord(
                bad.topic(),
                bad.partition(),
                bad.offset(),
                bad.place(),
                new Message(bad.key(), bad.value(), headers, bad.message().timestamp())));

        String kept = (String) generation.value("SELECT headers FROM %s.dead_letter");
        assertThat(StoredHeaders.read(kept)).isEqualTo(headers);
    }

    @Test
    void aBadEventOfATopicMadeAnewReplacesTheOneThatStoodAtItsPlace() {
        TopicRecord former = users.raw(0, "1", "rubbish".getBytes(UTF_8));
        write(former);
        generation.query("UPDATE %s.dead_letter SET attempts = 3");
        write(former);
        assertThat(generation.value("SELECT attempts FROM %s.dead_letter")).isEqualTo(3);

        write(new TopicRecord(
                former.topic(),
                former.partition(),
                former.offset(),
                former.place(),
                new Message(
                        "2".getBytes(UTF_8),
                        "other".getBytes(UTF_8),
                        former.message().timestamp() + 1)));

        assertThat(generation.value(
                        "SELECT concat_ws(' ', convert_from(payload, 'UTF8'), row_key, attempts) FROM %s.dead_letter"))
                .isEqualTo("other 2 1");
    }

    @Test
    void whatPostgresqlRefusesIsADeadLetterAndTheRestIsApplied() {
        generation.query("ALTER TABLE %s.user_view ADD CONSTRAINT no_such_department CHECK (department <> 'refused')");

        write(
                users.created(0, 1, "a"),
                users.updated(1, 1, "refused", 2),
                users.created(2, 2, "refused"),
                users.created(3, 3, "b"));

        assertThat(departmentsOf(1, 2, 3)).containsExactly("a", "b");
        assertThat(generation.query("SELECT \"offset\", error FROM %s.dead_letter ORDER BY 1"))
                .extracting(row -> row.getLong(0))
                .containsExactly(1L, 2L);
        assertThat(generation.derivedViewErrors()).isZero();
        assertThat(nextOffset()).isEqualTo(4L);
    }

    @Test
    void rowsChangedByHandAreHealedByReadingAgainAndCountedRightMeanwhile() {
        TopicRecord[] events = {users.created(0, 1, "a"), users.created(1, 2, "a"), users.created(2, 3, "b")};
        write(events);
        generation.query("DELETE FROM %s.user_view WHERE user_id = 1");
        generation.query("UPDATE %s.user_view SET department = 'moved' WHERE user_id = 2");
        assertThat(generation.derivedViewErrors()).isZero();

        write(events);

        assertThat(departmentsOf(1, 2, 3)).containsExactly("a", "a", "b");
        assertThat(generation.derivedViewErrors()).isZero();
        generation.query("TRUNCATE %s.user_view");
        assertThat(generation.query("SELECT * FROM %s.department_stats")).isEmpty();
    }
}
