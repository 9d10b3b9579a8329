package io.streamviews;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;

/**
 * The roles of {@code docker/postgres/grants.sql}, made by that very file in every database of the tests: their owner
 * migrates, and the application runs as the runtime role. {@code postgres} is the superuser.
 */
public final class Roles {

    public static final String OWNER = "streamviews_owner";
    public static final String RUNTIME = "streamviews";

    private static final String SUPERUSER = "postgres";
    private static final Path GRANTS = Path.of("docker", "postgres", "grants.sql");

    private Roles() {}

    /** A database whose write model the owner has migrated. */
    public static void createDatabase(String name) {
        execute("postgres", SUPERUSER, "CREATE DATABASE " + name);
        prepare(name);
    }

    static void prepare(String database) {
        prepare(port(), database);
    }

    /** One for the engine alone. */
    public static void createDatabaseOfEngine(String name) {
        execute("postgres", SUPERUSER, "CREATE DATABASE " + name);
        prepareForEngine(port(), name);
    }

    /** On a server of a test's own, likewise. */
    public static void prepare(int port, String database) {
        grant(port, database, OWNER, RUNTIME);
        migrate(port, database, OWNER, RUNTIME);
    }

    /** One for the engine alone. */
    public static void prepareForEngine(int port, String database) {
        grant(port, database, OWNER, RUNTIME);
        migrate(port, database, OWNER, RUNTIME, "db/projection");
    }

    /** As psql does. */
    static void grant(String database, String owner, String runtime) {
        grant(port(), database, owner, runtime);
    }

    private static void grant(int port, String database, String owner, String runtime) {
        try {
            String script = Files.readString(GRANTS)
                    .lines()
                    .filter(line -> !line.startsWith("\\"))
                    .collect(Collectors.joining("\n"));
            execute(
                    port,
                    database,
                    SUPERUSER,
                    script.replace(":'owner'", "'" + owner + "'")
                            .replace(":'runtime'", "'" + runtime + "'")
                            .replace(":\"owner\"", '"' + owner + '"')
                            .replace(":\"runtime\"", '"' + runtime + '"'));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As an instance does that is told to migrate for the runtime role. */
    static void migrate(String database, String owner, String runtime) {
        migrate(port(), database, owner, runtime);
    }

    private static void migrate(int port, String database, String owner, String runtime) {
        migrate(port, database, owner, runtime, "db/migration");
    }

    private static void migrate(int port, String database, String owner, String runtime, String folder) {
        Flyway.configure()
                .dataSource(url(port, database), owner, "")
                .locations(folder, "db/rights")
                .initSql("SET streamviews.runtime_role = '%s'".formatted(runtime))
                .load()
                .migrate();
    }

    /** On a connection of its own. */
    public static void execute(String database, String user, String sql) {
        execute(port(), database, user, sql);
    }

    private static void execute(int port, String database, String user, String sql) {
        try (Connection connection = connect(port, database, user);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Whoever asks closes it. */
    public static Connection connect(String database, String user) throws SQLException {
        return connect(port(), database, user);
    }

    /** To a server of a test's own, likewise. */
    public static Connection connect(int port, String database, String user) throws SQLException {
        return DriverManager.getConnection(url(port, database), user, "");
    }

    private static int port() {
        return EmbeddedServersResource.servers().getDatabasePort();
    }

    /** Several statements go as they are, as psql sends them: the driver does not know where a function's body ends. */
    private static String url(int port, String database) {
        return "jdbc:postgresql://localhost:%d/%s?preferQueryMode=simple".formatted(port, database);
    }
}
