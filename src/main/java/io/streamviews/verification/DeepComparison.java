package io.streamviews.verification;

import io.agroal.api.AgroalDataSource;
import io.streamviews.consistency.CommitCounter;
import io.streamviews.postgres.Page;
import io.streamviews.postgres.PageBound;
import io.streamviews.projection.PositionSql;
import io.streamviews.projection.deadletter.RecordCoordinates;
import io.streamviews.projection.deadletter.StoredDeadLetter;
import io.streamviews.projection.generation.GenerationPositions;
import io.streamviews.projection.generation.VerificationGeneration;
import io.streamviews.projection.generation.Views;
import io.streamviews.source.BaseView;
import io.streamviews.verification.BaseViewComparison.Places;
import io.streamviews.verification.ViewResult.Tally;
import io.vertx.core.json.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares base views and dead letters of the live generation with a new one. The live one is looked at in one snapshot;
 * the new one is read up to exactly the places that the live one had seen in it, which rise only: a replay that is under
 * way changes nothing.
 */
final class DeepComparison {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final PageBound PAGE = new PageBound(1_000, 1 << 20);

    private static final String SEEN =
            "SELECT topic, partition, seen FROM %s AS p".formatted(PositionSql.relation(Views.LIVE));
    private static final String LETTERS = "SELECT count(*) FROM %s.dead_letter";
    private static final String IS_DEAD_LETTER =
            """
            SELECT EXISTS (SELECT FROM %s.dead_letter WHERE topic = ? AND partition = ? AND "offset" = ?)
            """;

    private final AgroalDataSource database;
    private final List<BaseView> views;
    private final VerificationGeneration anew;
    private final CommitCounter commits;
    private final Duration timeout;

    DeepComparison(
            AgroalDataSource database,
            List<BaseView> views,
            VerificationGeneration anew,
            CommitCounter commits,
            Duration timeout) {
        this.database = database;
        this.views = views;
        this.anew = anew;
        this.commits = commits;
        this.timeout = timeout;
    }

    /** Leaves the connection in the snapshot's transaction. */
    List<ViewResult> compare(Connection live) throws SQLException, InterruptedException {
        anew.fill(seen(live));
        anew.fill(snapshot(live));
        refuseOtherLogs(live);
        List<ViewResult> results = new ArrayList<>();
        try (Connection other = database.getConnection()) {
            Snapshot.begin(other, timeout);
            for (BaseView view : views) {
                Places places = new Places(anew.removed(view.topic()), anew.hasPlainPlaces());
                results.add(BaseViewComparison.compare(view, live, Views.LIVE, other, anew.schema(), places));
            }
            Snapshot.end(other);
        }
        results.add(deadLetters(live));
        return results;
    }

    /** What was read of one log is not to be compared with what was read of another one. */
    private void refuseOtherLogs(Connection live) throws SQLException {
        try (Statement statement = live.createStatement();
                ResultSet rows = statement.executeQuery(GenerationPositions.ofOtherLogs(anew.schema(), Views.LIVE))) {
            if (rows.next()) {
                throw new IllegalStateException(
                        "%s was made anew or truncated meanwhile; verify again".formatted(rows.getString(1)));
            }
        }
    }

    /** The places that the live generation has seen in a snapshot that the new one is not ahead of. */
    private Map<TopicPartition, Long> snapshot(Connection live) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            long before = commits.count();
            Snapshot.begin(live, timeout);
            Map<TopicPartition, Long> seen = seen(live);
            if (anew.isNotAheadOf(seen)) {
                return seen;
            }
            Snapshot.end(live);
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException("The live views have fallen behind where they were when this began");
            }
            commits.await(before, Duration.ofNanos(left));
        }
    }

    private static Map<TopicPartition, Long> seen(Connection live) throws SQLException {
        try (Statement statement = live.createStatement();
                ResultSet rows = statement.executeQuery(SEEN)) {
            Map<TopicPartition, Long> seen = new HashMap<>();
            while (rows.next()) {
                seen.put(new TopicPartition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
            }
            return seen;
        }
    }

    /** An event that is missing in the new generation, too, must be a dead letter of the live one. */
    private ViewResult deadLetters(Connection live) throws SQLException {
        Tally tally = new Tally("dead_letter");
        try (Statement statement = live.createStatement();
                ResultSet rows = statement.executeQuery(LETTERS.formatted(Views.LIVE))) {
            rows.next();
            tally.rows(rows.getLong(1));
        }
        try (PreparedStatement find = live.prepareStatement(IS_DEAD_LETTER.formatted(Views.LIVE))) {
            RecordCoordinates last = null;
            Page<StoredDeadLetter> page;
            do {
                page = anew.openLetters(last, PAGE);
                for (StoredDeadLetter letter : page.entries()) {
                    last = letter.place();
                    if (!isDeadLetter(find, last)) {
                        tally.differs(Json.encode(last.toString()), null, Json.encode(Map.of("error", letter.error())));
                    }
                }
            } while (page.goesOn());
        }
        return tally.result();
    }

    private static boolean isDeadLetter(PreparedStatement find, RecordCoordinates place) throws SQLException {
        find.setString(1, place.topic());
        find.setInt(2, place.partition());
        find.setLong(3, place.offset());
        try (ResultSet rows = find.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }
}
