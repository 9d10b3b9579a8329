package io.streamviews.chaos;

import static io.streamviews.chaos.Invariant.ACCEPTED_ONCE;
import static io.streamviews.chaos.Invariant.LOSSES_NAMED;
import static io.streamviews.chaos.Invariant.NEVER_OLDER;
import static io.streamviews.chaos.Invariant.VIEWS_AGREE;

import io.streamviews.chaos.Archive.Change;
import io.streamviews.chaos.Archive.Place;
import io.streamviews.chaos.Entity.Row;
import io.streamviews.chaos.Excuses.Gap;
import io.streamviews.chaos.LogBook.Entry;
import io.streamviews.chaos.Monitor.Doubt;
import io.streamviews.kafka.Partitions;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares the views with the event log. A row may stand at an earlier version, or be missing, only where Kafka has lost
 * every event that came after that, and {@code projection_gap} names the places.
 */
final class ViewCheck {

    private static final String FOREIGN = "SELECT user_id, name FROM views.user_view WHERE user_id >= ?";
    private static final String LETTERS = "SELECT topic, partition, \"offset\" FROM views.dead_letter";
    private static final String DERIVED =
            """
            SELECT v.name, string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position)
            FROM views.derived_view v
            JOIN information_schema.columns c ON c.table_schema = 'views' AND c.table_name = v.name || '_definition'
            GROUP BY v.name
            """;
    private static final String DERIVED_DIFFERENCE =
            """
            SELECT to_jsonb(d)::text FROM (
                (SELECT 'is' AS which, %2$s FROM views.%1$s EXCEPT ALL SELECT 'is', %2$s FROM views.%1$s_definition)
                UNION ALL
                (SELECT 'must be', %2$s FROM views.%1$s_definition EXCEPT ALL SELECT 'must be', %2$s FROM views.%1$s)) AS d
            LIMIT 10
            """;

    private final Cluster cluster;
    private final Archive archive;
    private final Losses losses;
    private final Collection<Doubt> doubts;
    private final LogBook log;
    private final Journal journal;
    private final Excuses excuses;

    ViewCheck(Cluster cluster, Evidence evidence, LogBook log, Journal journal) {
        this.cluster = cluster;
        this.archive = evidence.archive();
        this.losses = evidence.losses();
        this.doubts = evidence.monitor().doubts();
        this.log = log;
        this.journal = journal;
        this.excuses = new Excuses(cluster, archive, losses);
    }

    void run() {
        Entity.ALL.forEach(entity -> entity.compareWithView(cluster, row -> judge(entity, row)));
        foreignUsers();
        deadLetters();
        gaps();
        derivedViews();
        doubts.forEach(this::judge);
    }

    /** A feed may have read what Kafka has lost since, and the views never will. */
    private void judge(Doubt doubt) {
        Entry entry = log.find(doubt.seen());
        List<Place> places = entry == null ? List.of() : losses.places(entry);
        if (!excuses.wereGoneAtARebuild(places) && !(doubt.byFeed() && excuses.isNamed(places))) {
            journal.violation(NEVER_OLDER, "%s", doubt.problem());
        }
    }

    private void judge(Entity entity, Row row) {
        List<Entry> missing = log.of(entity.type(), row.id()).stream()
                .filter(entry -> entry.event().version() > row.version())
                .toList();
        boolean excused = row.wasSo() && !missing.isEmpty() && missing.stream().allMatch(excuses::excuse);
        if (!excused) {
            journal.violation(
                    ACCEPTED_ONCE,
                    "%s %d: %s says %s; the log has besides: %s; gaps there: %s",
                    entity.type(),
                    row.id(),
                    entity.view(),
                    row.is(),
                    missing.stream().map(this::describe).toList(),
                    gapsOf(entity, row.id()));
        }
    }

    private String describe(Entry entry) {
        List<String> where = archive.places(entry.event()).stream()
                .map(place -> place + (losses.isGone(place) ? " (gone)" : ""))
                .toList();
        return "version %d %s of %s at %s".formatted(entry.event().version(), entry.type(), entry.occurredAt(), where);
    }

    private List<Gap> gapsOf(Entity entity, long id) {
        Set<Integer> partitions = new TreeSet<>();
        log.of(entity.type(), id).forEach(entry -> partitions.add(Partitions.of(entry.key(), Cluster.PARTITIONS)));
        String topic = entity.type().equals("user") ? cluster.userEvents : cluster.postEvents;
        return excuses.gaps().stream()
                .filter(gap -> gap.partition().topic().equals(topic)
                        && partitions.contains(gap.partition().partition()))
                .toList();
    }

    /** Of those the last word counts, of a transaction only if it was committed. */
    private void foreignUsers() {
        Map<Long, String> found = new HashMap<>();
        cluster.query(FOREIGN, row -> found.put(row.getLong(1), row.getString(2)), Archive.FOREIGN);
        archive.foreign().forEach((id, changes) -> {
            Change last = changes.get(changes.size() - 1);
            String name = found.remove(id);
            boolean right = last.version() == Archive.ERASED
                    ? name == null
                    : last.name().equals(name);
            boolean excused = changes.stream()
                    .map(Change::place)
                    .anyMatch(place -> losses.isGone(place)
                            && (excuses.isNamed(place) || excuses.wereGoneAtARebuild(List.of(place))));
            if (!right && !excused) {
                journal.violation(
                        ACCEPTED_ONCE,
                        "foreign user %d: user_view says %s; the topic in the end: %s",
                        id,
                        name,
                        changes.subList(Math.max(0, changes.size() - 3), changes.size()));
            }
        });
        found.forEach((id, name) -> journal.violation(
                ACCEPTED_ONCE, "foreign user %d (%s): nobody has committed anything of it", id, name));
    }

    private void deadLetters() {
        Set<Place> letters = new HashSet<>();
        cluster.query(LETTERS, row -> letters.add(new Place(row.getString(1), row.getInt(2), 0, row.getLong(3))));
        Set<Place> poison = new HashSet<>();
        for (Place place : archive.poison()) {
            Place anyTopic = new Place(place.topic(), place.partition(), 0, place.offset());
            poison.add(anyTopic);
            if (!losses.isGone(place) && !letters.contains(anyTopic)) {
                journal.violation(ACCEPTED_ONCE, "%s is no event, and no dead letter either", place);
            }
        }
        letters.removeAll(poison);
        letters.forEach(place ->
                journal.violation(ACCEPTED_ONCE, "%s is a dead letter, but there is nothing wrong with it", place));
    }

    private void gaps() {
        for (Place place : losses.unread()) {
            if (!excuses.isNamed(place)) {
                journal.violation(
                        LOSSES_NAMED,
                        "%s was removed before anybody had read it; the gaps are %s",
                        place,
                        excuses.gaps());
            }
        }
        for (Gap gap : excuses.gaps()) {
            if (!excuses.isTrue(gap)) {
                journal.violation(LOSSES_NAMED, "nothing was removed there: %s", gap);
            }
        }
    }

    private void derivedViews() {
        Map<String, String> views = new HashMap<>();
        cluster.query(DERIVED, row -> views.put(row.getString(1), row.getString(2)));
        views.forEach((view, columns) -> {
            List<String> wrong = cluster.query(DERIVED_DIFFERENCE.formatted(view, columns), row -> row.getString(1));
            if (!wrong.isEmpty()) {
                journal.violation(VIEWS_AGREE, "%s differs from its definition: %s", view, wrong);
            }
        });
    }
}
