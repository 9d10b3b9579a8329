package io.streamviews.projection.generation;

import io.streamviews.source.Identifiers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A kept view is what its definition says: random definitions, and now and then a view on one, in a schema of their own; random
 * transactions one after the other, then those of three tasks at once, then of tasks and a person.
 */
final class KeptViewProperty {

    private static final String DEADLOCK = "40P01";
    private static final int TOGETHER = 5;
    private static final int ALONE = 12;
    private static final int AT_ONCE = 8;

    private final String url;
    private final List<String> engine;
    private int definitions;
    private int subtracted;
    private int transactions;
    private int deadlocks;

    /** @param engine the engine's files */
    KeptViewProperty(String url, List<String> engine) {
        this.url = url;
        this.engine = engine;
    }

    /** @throws AssertionError if a view differs */
    void check(long seed, String schema) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, String> views = new LinkedHashMap<>();
        try (Connection connection = open(schema)) {
            try {
                create(connection, schema, views, random);
                alone(connection, views, random);
                atOnce(connection, schema, views, random, false);
                atOnce(connection, schema, views, random, true);
            } catch (SQLException | AssertionError e) {
                throw new AssertionError("seed %d: %s: %s".formatted(seed, views, e.getMessage()), e);
            } finally {
                run(connection, "ROLLBACK");
                run(connection, "DROP SCHEMA IF EXISTS " + schema + " CASCADE");
            }
        }
        definitions += views.size();
    }

    private Connection open(String schema) throws SQLException {
        Connection connection = DriverManager.getConnection(url);
        run(connection, "SET client_min_messages = error; SET search_path = " + schema + ", public");
        return connection;
    }

    private void create(Connection connection, String schema, Map<String, String> views, SplittableRandom random)
            throws SQLException {
        run(connection, "CREATE SCHEMA " + schema);
        for (String file : engine) {
            run(connection, file);
        }
        run(connection, RandomRows.TABLES);
        for (int i = 0; i < TOGETHER; i++) {
            RandomDefinition definition = new RandomDefinition(random);
            String name = "Kept " + i + "\"%s";
            keep(connection, name, definition.sql, views);
            if (!definition.hasAnyScale && random.nextInt(3) == 0) {
                keep(connection, "above_" + i, RandomDefinition.over(name.replace("\"", "\"\""), random), views);
            }
            subtracted += definition.subtracts ? 1 : 0;
        }
    }

    private static void keep(Connection connection, String view, String definition, Map<String, String> views)
            throws SQLException {
        views.put(view, definition);
        run(connection, "CREATE VIEW " + Identifiers.quoted(view) + " AS " + definition);
        run(connection, "CALL keep('" + view + "')");
    }

    private void alone(Connection connection, Map<String, String> views, SplittableRandom random) throws SQLException {
        for (int i = 0; i < ALONE; i++) {
            int partition = random.nextInt(RandomRows.PARTITIONS + 1) - 1;
            List<String> statements = random.nextInt(15) == 0
                    ? List.of("TRUNCATE "
                            + List.of("item", "person", "item, person, \"Odd \"\"T\"\" %s\"", "\"Other\"")
                                    .get(random.nextInt(4)))
                    : new RandomRows(random.split(), partition).transaction();
            transaction(connection, partition, statements);
            compare(connection, views, "after " + statements);
        }
    }

    private void atOnce(
            Connection connection, String schema, Map<String, String> views, SplittableRandom random, boolean byHandToo)
            throws Exception {
        int sessions = RandomRows.PARTITIONS + (byHandToo ? 1 : 0);
        ExecutorService threads = Executors.newFixedThreadPool(sessions);
        try {
            List<Future<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                int partition = i < RandomRows.PARTITIONS ? i : -1;
                SplittableRandom own = random.split();
                Callable<Void> task = () -> session(schema, partition, own, byHandToo);
                tasks.add(threads.submit(task));
            }
            for (Future<Void> task : tasks) {
                try {
                    task.get();
                } catch (ExecutionException e) {
                    throw new AssertionError(e.getCause().getMessage(), e.getCause());
                }
            }
        } finally {
            threads.shutdownNow();
        }
        compare(connection, views, byHandToo ? "after tasks and a person" : "after tasks");
    }

    private Void session(String schema, int partition, SplittableRandom random, boolean mayBreak) throws SQLException {
        try (Connection connection = open(schema)) {
            run(connection, "SET deadlock_timeout = '20ms'");
            for (int i = 0; i < AT_ONCE; i++) {
                List<String> statements = new RandomRows(random, partition).transaction();
                try {
                    transaction(connection, partition, statements);
                } catch (SQLException e) {
                    run(connection, "ROLLBACK");
                    if (!mayBreak || !DEADLOCK.equals(e.getSQLState())) {
                        throw new SQLException("%s: %s".formatted(e.getMessage(), statements), e.getSQLState(), e);
                    }
                    synchronized (this) {
                        deadlocks++;
                    }
                }
            }
        }
        return null;
    }

    private void transaction(Connection connection, int partition, List<String> statements) throws SQLException {
        run(connection, "BEGIN");
        if (partition >= 0) {
            run(connection, "SET LOCAL streamviews.partition = '" + partition + "'");
        }
        for (String statement : statements) {
            run(connection, statement);
        }
        run(connection, "COMMIT");
        synchronized (this) {
            transactions++;
        }
    }

    private static void compare(Connection connection, Map<String, String> views, String when) throws SQLException {
        for (Map.Entry<String, String> view : views.entrySet()) {
            String live = Identifiers.quoted(view.getKey());
            String expected = Identifiers.quoted(view.getKey() + "_definition");
            String wrong = rows(connection, live, expected);
            String missing = rows(connection, expected, live);
            if (!wrong.isEmpty() || !missing.isEmpty()) {
                throw new AssertionError("%s has %s and not %s %s".formatted(view, wrong, missing, when));
            }
        }
    }

    private static String rows(Connection connection, String one, String other) throws SQLException {
        StringBuilder rows = new StringBuilder();
        String sql = "SELECT d::text FROM (TABLE %s EXCEPT ALL TABLE %s) AS d LIMIT 5".formatted(one, other);
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            ResultSet found = statement.executeQuery(sql);
            while (found.next()) {
                rows.append(found.getString(1));
            }
        }
        return rows.toString();
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    int definitions() {
        return definitions;
    }

    @Override
    public String toString() {
        return "%d definitions, %d of them kept by difference, %d transactions, %d of them broken as deadlocks with a person"
                .formatted(definitions, subtracted, transactions, deadlocks);
    }
}
