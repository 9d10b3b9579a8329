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
        write(orders.created(0, 1, "a"), orders.created(1, 2, "b"), orders.updated(2, 1, "b", 2));

        assertThat(countriesOf(1, 2)).containsExactly("b", "b");
        assertThat(tables.value("SELECT order_count FROM %s.country_stats WHERE country = 'b'"))
                .isEqualTo(2L);
        assertThat(nextOffset()).isEqualTo(3L);
    }

    @Test
    void readingABatchAgainWritesNothing() {
        TopicRecord[] events = {orders.created(0, 1, "a"), orders.created(1, 2, "b"), orders.deleted(2, 2, 2)};
        write(events);
        Object before = tables.value("SELECT (xmin::text, last_processed_at)::text FROM %s.order_view");
        Object derivedBefore = tables.value("SELECT xmin::text FROM %s.country_stats_kept");

        write(events);

        assertThat(tables.value("SELECT (xmin::text, last_processed_at)::text FROM %s.order_view"))
                .isEqualTo(before);
        assertThat(tables.value("SELECT xmin::text FROM %s.country_stats_kept WHERE \"state 1\" <> 0"))
                .isEqualTo(derivedBefore);
    }

    @Test
    void theHigherVersionWinsWhereverItStands() {
        write(orders.created(0, 1, "a"), orders.updated(1, 1, "third", 3), orders.updated(2, 1, "second", 2));
        write(orders.updated(3, 1, "second", 2));

        assertThat(countriesOf(1)).containsExactly("third");
    }

    @Test
    void amongEqualVersionsTheLaterWins() {
        write(orders.created(0, 1, "a"), orders.updated(1, 1, "first", 2));
        write(orders.updated(2, 1, "second", 2), orders.updated(3, 1, "third", 2));
        write(orders.updated(1, 1, "first", 2));

        assertThat(countriesOf(1)).containsExactly("third");
    }

    @Test
    void anOldEventDoesNotBringADeletedRowBack() {
        write(orders.created(0, 1, "a"), orders.updated(1, 1, "b", 2));
        write(orders.deleted(2, 1, 3));
        write(orders.created(0, 1, "a"), orders.updated(1, 1, "b", 2));

        assertThat(tables.query("SELECT * FROM %s.order_view")).isEmpty();
        assertThat(tables.query("SELECT * FROM %s.country_stats")).isEmpty();
    }

    @Test
    void anEventNewerThanTheDeletionDoes() {
        write(orders.created(0, 1, "a"), orders.deleted(1, 1, 2));
        write(orders.updated(2, 1, "back", 3));

        assertThat(countriesOf(1)).containsExactly("back");
    }

    @Test
    void aKafkaTombstoneVoidsWhatStandsBeforeIt() {
        write(orders.created(0, 1, "a"), orders.updated(1, 1, "b", 7));
        write(orders.raw(2, "1", null));
        assertThat(tables.query("SELECT * FROM %s.order_view")).isEmpty();

        write(orders.updated(1, 1, "b", 7));
        assertThat(tables.query("SELECT * FROM %s.order_view")).isEmpty();

        write(orders.created(3, 1, "anew"));
        assertThat(countriesOf(1)).containsExactly("anew");
    }

    @Test
    void aKafkaTombstoneAndWhatFollowsItFitIntoOneBatch() {
        write(orders.created(0, 1, "a"), orders.updated(1, 1, "b", 7));

        write(orders.updated(2, 1, "c", 8), orders.raw(3, "1", null), orders.created(4, 1, "anew"));

        assertThat(countriesOf(1)).containsExactly("anew");
        assertThat(tables.derivedViewErrors()).isZero();
    }

    @Test
    void aDeletionAfterAKafkaTombstoneCountsByItsOwnVersion() {
        write(orders.updated(0, 1, "a", 7), orders.raw(1, "1", null), orders.deleted(2, 1, 2));
        write(orders.created(3, 1, "old"));
        assertThat(tables.query("SELECT * FROM %s.order_view")).isEmpty();

        write(orders.raw(4, "1", null));
        write(orders.created(5, 1, "anew"));

        assertThat(countriesOf(1)).containsExactly("anew");
    }

    @Test
    void aBadEventOfWhoIsErasedIsADeadLetterWithoutItsContentWhicheverViewTellsItsRow() {
        tables.query("INSERT INTO public.erased_row (base_view, row_key, topic, key) VALUES ('another', 'x', '%s', '2')"
                .replace("%s", orders.topic()));
        try {
            write(orders.raw(0, "2", "rubbish".getBytes(UTF_8)), orders.raw(1, "3", "rubbish".getBytes(UTF_8)));
        } finally {
            tables.query("DELETE FROM public.erased_row WHERE topic = '%s'".replace("%s", orders.topic()));
        }

        assertThat(tables.query("SELECT encode(payload, 'escape') FROM %s.dead_letter ORDER BY \"offset\""))
                .extracting(letter -> letter.getString(0))
                .containsExactly("", "rubbish");
        assertThat(tables.value("SELECT error FROM %s.dead_letter WHERE \"offset\" = 0"))
                .isEqualTo(RowErasure.ERASED);
    }

    @Test
    void aBadEventBecomesADeadLetterOnce() {
        TopicRecord[] events = {
            orders.created(0, 1, "a"),
            orders.raw(1, "2", "rubbish".getBytes(UTF_8)),
            orders.raw(2, "3", new byte[0]),
            orders.raw(3, null, null),
            orders.raw(4, "5", "{\"eventType\":\"ORDER_EXPLODED\"}".getBytes(UTF_8)),
            orders.raw(5, "6", orders.created(0, 7, "a").value()),
            orders.raw(6, "8", new byte[] {'{', '"', (byte) 0xff, '"', '}'}),
            orders.event(7, "ORDER_CREATED", 9, "nul\\u0000", 1),
            orders.raw(8, "10", "[1]".getBytes(UTF_8)),
            orders.created(9, 11, "a")
        };
        write(events);
        write(events);

        assertThat(countriesOf(1, 11)).containsExactly("a", "a");
        assertThat(tables.value("SELECT count(*) FROM %s.order_view")).isEqualTo(2L);
        assertThat(tables.query("SELECT \"offset\" FROM %s.dead_letter ORDER BY 1"))
                .extracting(row -> row.getLong(0))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(nextOffset()).isEqualTo(10L);
    }

    @Test
    void aBadEventKeepsItsHeadersWhateverTheirNamesAre() {
        TopicRecord bad = orders.raw(0, "1", "rubbish".getBytes(UTF_8));
        Headers headers = new RecordHeaders().add("a\0b", "1".getBytes(UTF_8)).add("none", null);

        write(new TopicRecord(
                bad.topic(),
                bad.partition(),
                bad.offset(),
                bad.place(),
                new Message(bad.key(), bad.value(), headers, bad.message().timestamp())));

        String kept = (String) tables.value("SELECT headers FROM %s.dead_letter");
        assertThat(StoredHeaders.read(kept)).isEqualTo(headers);
    }

    @Test
    void aBadEventOfATopicMadeAnewReplacesTheOneThatStoodAtItsPlace() {
        TopicRecord former = orders.raw(0, "1", "rubbish".getBytes(UTF_8));
        write(former);
        tables.query("UPDATE %s.dead_letter SET attempts = 3");
        write(former);
        assertThat(tables.value("SELECT attempts FROM %s.dead_letter")).isEqualTo(3);

        write(new TopicRecord(
                former.topic(),
                former.partition(),
                former.offset(),
                former.place(),
                new Message(
                        "2".getBytes(UTF_8),
                        "other".getBytes(UTF_8),
                        former.message().timestamp() + 1)));

        assertThat(tables.value(
                        "SELECT concat_ws(' ', convert_from(payload, 'UTF8'), row_key, attempts) FROM %s.dead_letter"))
                .isEqualTo("other 2 1");
    }

    @Test
    void whatPostgresqlRefusesIsADeadLetterAndTheRestIsApplied() {
        tables.query("ALTER TABLE %s.order_view ADD CONSTRAINT no_such_country CHECK (country <> 'refused')");

        WriteBatch written = write(
                orders.created(0, 1, "a"),
                orders.updated(1, 1, "refused", 2),
                orders.created(2, 2, "refused"),
                orders.created(3, 3, "b"));

        assertThat(written.deadLetters())
                .extracting(letter -> letter.source().offset())
                .containsExactly(1L, 2L);
        assertThat(countriesOf(1, 2, 3)).containsExactly("a", "b");
        assertThat(tables.query("SELECT \"offset\", error FROM %s.dead_letter ORDER BY 1"))
                .extracting(row -> row.getLong(0))
                .containsExactly(1L, 2L);
        assertThat(tables.derivedViewErrors()).isZero();
        assertThat(nextOffset()).isEqualTo(4L);
    }

    @Test
    void aRetryKeepsWhatNoViewIsThereFor() {
        TopicRecord unread = new OrderRecords("another", 1).created(0, 1, "a");

        assertThat(retry(unread, orders.created(1, 2, "b")))
                .singleElement()
                .satisfies(letter -> assertThat(letter.source()).isEqualTo(unread));
        assertThat(countriesOf(1, 2)).containsExactly("b");
    }

    @Test
    void whatADeferredConstraintRefusesIsADeadLetterAndTheRestIsApplied() {
        tables.query("ALTER TABLE %s.order_view ADD UNIQUE (country) DEFERRABLE INITIALLY DEFERRED");

        write(
                orders.created(0, 1, "a"),
                orders.created(1, 2, "b"),
                orders.created(2, 3, "a"),
                orders.created(3, 4, "d"));

        assertThat(countriesOf(1, 2, 3, 4)).containsExactly("a", "b", "d");
        assertThat(tables.value("SELECT \"offset\" FROM %s.dead_letter")).isEqualTo(2L);
        assertThat(nextOffset()).isEqualTo(4L);
    }

    @Test
    void rowsChangedByHandAreHealedByReadingAgainAndCountedRightMeanwhile() {
        TopicRecord[] events = {orders.created(0, 1, "a"), orders.created(1, 2, "a"), orders.created(2, 3, "b")};
        write(events);
        tables.query("DELETE FROM %s.order_view WHERE order_id = 1");
        tables.query("UPDATE %s.order_view SET country = 'moved' WHERE order_id = 2");
        assertThat(tables.derivedViewErrors()).isZero();

        write(events);

        assertThat(countriesOf(1, 2, 3)).containsExactly("a", "a", "b");
        assertThat(tables.derivedViewErrors()).isZero();
        tables.query("TRUNCATE %s.order_view");
        assertThat(tables.query("SELECT * FROM %s.country_stats")).isEmpty();
    }
}
