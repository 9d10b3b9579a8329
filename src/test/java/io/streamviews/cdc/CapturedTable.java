package io.streamviews.cdc;

import io.streamviews.dev.EmbeddedServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A table with columns of many types, Debezium's connectors for it, with schemas and without, and the views of their topics. */
final class CapturedTable {

    static final String COLUMNS =
            "id, amount, any_number, made_at, local_at, day, clock, doc, tags, days, bytes, mood, active, bits, note";

    static final String TABLE =
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE TABLE item (
                id uuid PRIMARY KEY, amount numeric(12,2), any_number numeric, made_at timestamptz, local_at timestamp,
                day date, clock time, doc jsonb, tags text[], days date[], bytes bytea, mood mood, active boolean,
                bits bit(5), note text)
            """;

    static final String INSERT =
            """
            INSERT INTO item
            SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, n * 1.25 - 100, 10::numeric ^ (n - 20),
                   now() + n * interval '1 day', '2025-07-17 06:03:43.792924'::timestamp + n * interval '1 second',
                   date '1969-12-25' + n, '23:59:59.999999', jsonb_build_object('n', n * 1.10, 'a', ARRAY[1, n]),
                   ARRAY['a"\\', NULL, '한글' || n], ARRAY[date '2000-01-01' + n, NULL],
                   decode(lpad(to_hex(n), 8, '0'), 'hex'), (ARRAY['sad', 'happy'])[1 + n %% 2]::mood, n %% 3 = 0,
                   n::bit(5), CASE WHEN n %% 2 = 0 THEN 'note ' || n END
            FROM generate_series(%d, %d) n
            """;

    static final String CONNECTOR =
            """
            {"name": "%1$s", "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "tasks.max": "1",
             "database.hostname": "localhost", "database.port": "%2$d", "database.dbname": "materialized_view_db",
             "database.user": "postgres", "database.password": "none", "topic.prefix": "%1$s", "plugin.name": "pgoutput",
             "slot.name": "%1$s", "publication.name": "%1$s", "publication.autocreate.mode": "filtered",
             "table.include.list": "public.item", "poll.interval.ms": "10",
             "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
             "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "%3$s",
             "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "%3$s"}
            """;

    static final String VIEWS =
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE TABLE told (
                id uuid PRIMARY KEY, amount numeric(12,2), any_number numeric, made_at timestamptz, local_at timestamp,
                day date, clock time, doc jsonb, tags text[], days date[], bytes bytea, mood mood, active boolean,
                bits bit(5), note text);
            CREATE TABLE declared (LIKE told INCLUDING ALL);
            CALL source('told', topic => 'told.public.item', envelope => 'debezium');
            CALL source('declared', topic => 'declared.public.item', envelope => 'debezium', columns => '{
                "amount": {"path": "/amount", "format": "base64-decimal"},
                "local_at": {"path": "/local_at", "format": "epoch-micros"}, "day": {"path": "/day", "format": "epoch-days"},
                "clock": {"path": "/clock", "format": "micros-of-day"}, "doc": {"path": "/doc", "format": "json-text"},
                "days": {"path": "/days", "format": "epoch-days"}, "bits": {"path": "/bits", "format": "base64-bits"}}');
            """;

    private CapturedTable() {}

    /** Rows that the table and a view do not have in common, of some columns. */
    static String difference(String view, String columns) {
        return ("(SELECT C FROM public.item EXCEPT SELECT C FROM %s.V)"
                        + " UNION ALL (SELECT C FROM %s.V EXCEPT SELECT C FROM public.item)")
                .replace("C FROM", columns.replace("mood", "mood::text") + " FROM")
                .replace(".V", "." + view);
    }

    static ConnectProcess connect(Path directory, EmbeddedServers servers) throws IOException {
        List<String> files = new ArrayList<>();
        for (String name : List.of("told", "declared")) {
            Path file = Files.writeString(
                    directory.resolve(name + ".json"),
                    CONNECTOR.formatted(name, servers.getDatabasePort(), name.equals("told")));
            files.add(file.toString());
        }
        return ConnectProcess.start(
                directory.resolve("connect"),
                files,
                servers.getBootstrapServers(),
                servers.getDatabasePort(),
                500,
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1");
    }
}
