package io.streamviews.user.erasure;

import io.streamviews.kafka.Partitions;
import io.streamviews.postgres.BackOff;
import io.streamviews.projection.RowErasure;
import io.streamviews.projection.generation.Views;
import io.streamviews.rebuild.Rebuilds;
import io.streamviews.user.UserEntity;
import io.streamviews.user.UserErasure;
import io.streamviews.user.erasure.Erasure.Erased;
import io.streamviews.user.erasure.Erasures.Entry;
import io.streamviews.user.erasure.Erasures.Hidden;
import io.streamviews.verification.Verifications;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * One step of an erasure after the other; each is done in a transaction, or can be done again. The order matters: the deletion
 * is everywhere before its traces go, since what it has not come to would bring them back; and the log, the last to know what
 * a person was called, forgets last, in the transaction that looks for these words. Blocks.
 */
@ApplicationScoped
class ErasureSteps {

    /** In which every process has looked whether somebody has gone, and has forgotten what its feeds held in memory. */
    private static final Duration TO_HEAR_OF_IT = Duration.ofSeconds(3);

    private static final Duration SOON = Duration.ofMillis(300);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final BackOff LOOKS = new BackOff(Duration.ofSeconds(1), HOUR);

    /** Nor will anything of it be published again by a relay that has been interrupted. */
    private static final String IS_PUBLISHED =
            """
            SELECT c.event_id >= e.last AND (c.repeat_from IS NULL OR c.repeat_from >= e.last)
              FROM public.relay_cursor AS c,
                   (SELECT max(id) AS last FROM public.event_log
                     WHERE aggregate_type = 'user' AND aggregate_id = ? AND version <= ?) AS e
             WHERE c.name = 'relay'
            """;

    private final Erasures erasures;
    private final Deletions deletions;
    private final TopicTraces traces;
    private final UserEntity users;
    private final Views views;

    ErasureSteps(Erasures erasures, Deletions deletions, TopicTraces traces, UserEntity users, Views views) {
        this.erasures = erasures;
        this.deletions = deletions;
        this.traces = traces;
        this.users = users;
        this.views = views;
    }

    void next(Entry entry) throws SQLException {
        switch (entry.state()) {
            case DELETING -> delete(entry);
            case ARRIVING -> arrive(entry);
            case ERASING -> erase(entry);
            case COMPACTING -> lookIntoTopic(entry);
            case DONE -> {}
        }
    }

    private void delete(Entry entry) throws SQLException {
        long version = deletions.deleteForGood(entry.user());
        try (Connection connection = erasures.begin()) {
            Erasures.move(connection, entry, ErasureState.ARRIVING, version, Duration.ZERO);
            connection.commit();
        }
    }

    private void arrive(Entry entry) throws SQLException {
        String missing;
        try (Connection connection = erasures.begin()) {
            missing = missing(connection, entry);
            if (missing == null) {
                Erasures.arrived(connection, entry);
                Erasures.move(connection, entry, ErasureState.ERASING, null, TO_HEAR_OF_IT);
            }
            connection.commit();
        }
        if (missing != null) {
            erasures.waitFor(entry, missing, SOON);
        }
    }

    private String missing(Connection connection, Entry entry) throws SQLException {
        if (!isPublished(connection, entry)) {
            return "The deletion is to be published";
        }
        return rows(connection, entry).hasGone(entry.version()) ? null : "The deletion is to come to the live views";
    }

    private void erase(Entry entry) throws SQLException {
        TopicPartition partition = partition(entry);
        Compaction compaction = traces.compaction(partition.topic());
        long end = traces.end(partition);
        String missing;
        try (Connection connection = erasures.begin()) {
            missing = !isPublished(connection, entry)
                    ? "An interrupted relay is to publish again"
                    : Verifications.isUnderWay(connection, entry.arrivedAt().plus(TO_HEAR_OF_IT))
                            ? "A verification that has begun before is to end"
                            : Rebuilds.isComparing(connection) ? "A rebuild that compares rows is to end that" : null;
            if (missing == null && Erasures.hold(connection, entry)) {
                erasures.erased(connection, entry, erase(connection, entry), end, compaction.over());
                Erasures.move(
                        connection,
                        entry,
                        ErasureState.COMPACTING,
                        null,
                        compaction.due().orElse(HOUR));
            }
            connection.commit();
        }
        if (missing != null) {
            erasures.waitFor(entry, missing, SOON);
        }
    }

    private List<Erased> erase(Connection connection, Entry entry) throws SQLException {
        List<Erased> erased = new ArrayList<>();
        erased.add(new Erased("users", entry.wasThere() ? 1 : 0));
        erased.add(new Erased("idempotency_key.fingerprint", UserErasure.forgetKeys(connection, entry.user())));
        erased.addAll(WrittenTexts.erase(connection, UserErasure.personalData(connection, entry.user())));
        // late, since its partition's batches wait from here to the end
        for (RowErasure.Erased found : rows(connection, entry).erase()) {
            boolean isOwn = found.table().equals(UserEntity.VIEW);
            boolean byDeletion = isOwn && found.generation().equals(Views.LIVE) && entry.wasThere();
            erased.add(new Erased(found.generation() + "." + found.table(), found.rows() + (byDeletion ? 1 : 0)));
            if (isOwn) {
                erased.add(new Erased(found.generation() + ".dead_letter", found.letters()));
            }
        }
        erased.add(new Erased("event_log", UserErasure.forgetEvents(connection, entry.user())));
        return erased;
    }

    private void lookIntoTopic(Entry entry) throws SQLException {
        if (traces.has(partition(entry), key(entry), entry.scanTo(), UserErasure::isPersonal)) {
            Optional<Duration> due = traces.compaction(users.topic()).due();
            if (due.isPresent()) {
                deletions.deleteAgain(entry.user());
            }
            erasures.waitFor(entry, "The topic is to be compacted", LOOKS.after(entry.looks()));
            return;
        }
        try (Connection connection = erasures.begin()) {
            if (Erasures.hold(connection, entry)) {
                UserErasure.forgetKeys(connection, entry.user());
                Erasures.clean(connection, entry, hidden(entry.user()));
                Erasures.move(connection, entry, ErasureState.DONE, null, Duration.ZERO);
            }
            connection.commit();
        }
    }

    private static boolean isPublished(Connection connection, Entry entry) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(IS_PUBLISHED)) {
            statement.setLong(1, entry.user());
            statement.setLong(2, entry.version());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    private RowErasure rows(Connection connection, Entry entry) {
        return new RowErasure(
                connection,
                Views.LIVE,
                views.of(UserEntity.VIEW),
                new RowErasure.Records(key(entry), partition(entry).partition()),
                views::readable);
    }

    Hidden hidden(long user) {
        return new Hidden(UserEntity.VIEW, Long.toString(user), users.topic());
    }

    /** Where the topic has the user's events. */
    TopicPartition partition(Entry entry) {
        return new TopicPartition(users.topic(), Partitions.of(key(entry), views.partitionsEach()));
    }

    private static String key(Entry entry) {
        return Long.toString(entry.user());
    }
}
