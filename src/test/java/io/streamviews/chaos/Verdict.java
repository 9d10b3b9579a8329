package io.streamviews.chaos;

import static io.streamviews.chaos.Invariant.LEVEL_AND_HEALTHY;
import static io.streamviews.chaos.Invariant.VIEWS_AGREE;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamviews.chaos.Archive.Event;
import io.streamviews.chaos.Rest.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.core.ConditionTimeoutException;

/** What is to be said when the last fault is over: first whether all is level soon, then whether all is right. */
final class Verdict {

    private static final Duration VERIFICATION_PATIENCE = Duration.ofMinutes(3);
    private static final String VERIFICATIONS = "/api/admin/verifications";
    private static final int OK = 200;

    private static final String UNDER_WAY =
            """
            SELECT 'rebuild ' || id || ' is ' || state || coalesce(', after ' || error, '')
            FROM public.rebuild WHERE finished_at IS NULL
            """;
    private static final String OPERATIONS =
            """
            SELECT 'rebuild ' || id || ' ' || state || ', attempt ' || attempt || coalesce(': ' || error, '')
            FROM public.rebuild
            UNION ALL
            SELECT 'verification ' || id || ' ' || depth || ' ' || state || coalesce(', differing ' || differing, '')
                   || coalesce(': ' || error, '')
            FROM public.verification
            """;

    /** No two of them alike, whoever judges. */
    private static final AtomicInteger PROBES = new AtomicInteger();

    private final Cluster cluster;
    private final Rest rest;
    private final Evidence evidence;
    private final Journal journal;
    private final Set<Integer> working = new HashSet<>();

    Verdict(Cluster cluster, Rest rest, Evidence evidence, Journal journal) {
        this.cluster = cluster;
        this.rest = rest;
        this.evidence = evidence;
        this.journal = journal;
    }

    /** To be called when the last fault is over, and nobody sends anything any more. */
    void level(Duration patience) {
        List<String> problems = new ArrayList<>();
        long start = System.nanoTime();
        try {
            // In this thread: in another one the last look would be interrupted, and what it found be lost.
            await("All level and healthy")
                    .pollInSameThread()
                    .atMost(patience)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> {
                        List<String> now = problems();
                        problems.clear();
                        problems.addAll(now);
                        return now.isEmpty();
                    });
            journal.say("all is level and healthy %.1f s after the last fault", (System.nanoTime() - start) / 1e9);
        } catch (ConditionTimeoutException late) {
            problems.forEach(problem -> journal.violation(
                    LEVEL_AND_HEALTHY, "%d s after the last fault: %s", patience.toSeconds(), problem));
        }
    }

    /** Everything else. */
    void judge() {
        cluster.query(OPERATIONS, row -> row.getString(1)).forEach(each -> journal.say("  %s", each));
        cluster.query("SELECT to_jsonb(g)::text FROM views.projection_gap g ORDER BY found_at", row -> row.getString(1))
                .forEach(each -> journal.say("  gap %s", each));
        LogBook log = LogBook.read(cluster);
        journal.say("%d events in the log; %s", log.size(), evidence.ledger());
        new CommandCheck(cluster, evidence, log, journal).run();
        new ViewCheck(cluster, evidence, log, journal).run();
        verifyDeep(log);
    }

    private List<String> problems() {
        List<String> problems = new ArrayList<>();
        try {
            for (int i = 0; i < Cluster.NAMES.size(); i++) {
                if (!working.contains(i)) {
                    probe(i, problems);
                }
            }
            long backlog = cluster.backlog();
            if (backlog != 0) {
                problems.add(backlog + " events are not published");
            }
            List<String> lag = lag();
            if (!lag.isEmpty()) {
                problems.add("positions and ends differ: " + lag);
            }
            problems.addAll(cluster.query(UNDER_WAY, row -> row.getString(1)));
            List<Event> stale = evidence.archive().stale();
            if (!stale.isEmpty()) {
                problems.add("the newest event is not the last in the topic of " + stale.size() + " users, such as "
                        + stale.get(0));
            }
            for (int i = 0; i < Cluster.NAMES.size(); i++) {
                Answer health = rest.get(i, "/q/health/ready");
                if (health.status() != OK) {
                    problems.add("%s is not ready: %d %s"
                            .formatted(
                                    Cluster.NAMES.get(i),
                                    health.status(),
                                    health.body().replaceAll("\\s+", " ")));
                }
            }
        } catch (RuntimeException away) {
            problems.add(away + ", caused by " + away.getCause());
        }
        return problems;
    }

    /** A command by each instance must be accepted, too. */
    private void probe(int instance, List<String> problems) {
        String mark = "u-probe-%s-%d".formatted(Cluster.NAMES.get(instance), PROBES.incrementAndGet());
        evidence.ledger().sending(mark);
        String user = "{\"name\":\"%s\",\"email\":\"probe@example.com\"}".formatted(mark);
        Answer answer = rest.send(instance, "POST", "/api/users", user, Map.of());
        if (answer.isAccepted()) {
            evidence.ledger().accepted(mark);
            working.add(instance);
        } else {
            problems.add("%s accepts no command: %d %s"
                    .formatted(Cluster.NAMES.get(instance), answer.status(), answer.body()));
        }
    }

    /** Where the views do not stand at the topic's end. */
    private List<String> lag() {
        Map<TopicPartition, Long> positions = new HashMap<>();
        cluster.query(
                "SELECT topic, partition, next_offset FROM views.projection_position",
                row -> positions.put(new TopicPartition(row.getString(1), row.getInt(2)), row.getLong(3)));
        List<String> lag = new ArrayList<>();
        for (String topic : cluster.topics()) {
            cluster.ends(topic).forEach((partition, end) -> {
                long position = positions.getOrDefault(partition, 0L);
                if (position != end) {
                    lag.add("%s at %d of %d".formatted(partition, position, end));
                }
            });
        }
        return lag;
    }

    private void verifyDeep(LogBook log) {
        Answer begun = rest.send(0, "POST", VERIFICATIONS, "{\"depth\":\"deep\"}", Map.of());
        if (!begun.isAccepted()) {
            journal.violation(VIEWS_AGREE, "a deep verification cannot begin: %d %s", begun.status(), begun.body());
            return;
        }
        String path = VERIFICATIONS + "/" + begun.json().path("id").longValue();
        JsonNode result = await("A deep verification")
                .atMost(VERIFICATION_PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .until(
                        () -> rest.get(0, path).json(),
                        found -> !found.path("state").asText().equals("RUNNING"));
        if (!result.path("state").asText().equals("DONE")) {
            journal.violation(VIEWS_AGREE, "a deep verification has failed: %s", result);
            return;
        }
        journal.say(
                "deep verification: %d rows differ", result.path("differing").longValue());
        for (JsonNode view : result.path("views")) {
            for (JsonNode row : view.path("firstDiffering")) {
                if (!isOfAnEventThatIsGone(view.path("name").asText(), row.path("key"), log)) {
                    journal.violation(VIEWS_AGREE, "a deep verification finds in %s: %s", view.path("name"), row);
                }
            }
        }
    }

    /** Such a row cannot be read anew. */
    private boolean isOfAnEventThatIsGone(String view, JsonNode key, LogBook log) {
        String type = view.replace("_view", "");
        if (!type.equals("user") && !type.equals("post") || !key.isIntegralNumber()) {
            return false;
        }
        long id = key.longValue();
        if (id >= Archive.FOREIGN) {
            return evidence.archive().foreign().getOrDefault(id, List.of()).stream()
                    .anyMatch(change -> evidence.losses().isGone(change.place()));
        }
        List<LogBook.Entry> entries = log.of(type, id);
        return !entries.isEmpty()
                && evidence.losses().isGone(entries.get(entries.size() - 1).event());
    }
}
