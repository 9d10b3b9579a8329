package io.streamviews.view;

import io.vertx.mutiny.sqlclient.Pool;

/** Tables and views that people have made in the live schema; a rebuild would refuse to leave them behind, so they are dropped. */
final class ExtraTables {

    /** One column of every kind, and names that need quotes. */
    private static final String KINDS =
            """
            CREATE TYPE views.extra_mood AS ENUM ('sad', 'so so', 'happy');
            CREATE DOMAIN views.extra_percent AS numeric(5, 2) CHECK (VALUE <= 100);
            CREATE TABLE views.extra_kinds (
                id bigint PRIMARY KEY, small smallint, num numeric, pct views.extra_percent, f8 float8, yes boolean,
                t text, c3 char(3), v3 varchar(3), at timestamptz, local timestamp, d date, u uuid, j json, jb jsonb,
                b bytea, ints integer[], ats timestamptz[], bs bytea[], mood views.extra_mood, span interval, net inet, r int4range);
            COMMENT ON TABLE views.extra_kinds IS 'All there is';
            COMMENT ON COLUMN views.extra_kinds.pct IS 'Of 100';
            INSERT INTO views.extra_kinds VALUES
                (9223372036854775807, -1, 12345678901234567890.12345678901234567890, 99.50, 0.1, true, 'é"\\', 'ab', 'abc',
                 '2026-11-22T15:41:26.38+09', '2026-11-22T15:41:26', '2026-11-22', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
                 '{"b":1,"a":[1.0]}', '{"b": 1, "a": null}', '\\x00ff', '{1,NULL,3}', '{2026-11-22T15:41:26Z,infinity}', '{"\\\\x00ff"}',
                 'so so', '1 day 2 hours', '10.0.0.1', '[1,5)');
            INSERT INTO views.extra_kinds (id, f8, at) VALUES (1, 'NaN', '-infinity');
            """;

    private static final String ODD =
            """
            CREATE TABLE views."Extra ""odd"".t" (
                "K.1" text, "k,2" integer, "sort" text, "__proto__" text, "select" text, "v" text DEFAULT 'v', "%1$s" text,
                PRIMARY KEY ("K.1", "k,2"));
            INSERT INTO views."Extra ""odd"".t" ("K.1", "k,2", "sort", "__proto__") VALUES
                ('a,b/c', 1, 's', '{}'), ('changes', 2, 't', NULL), ('%2F', 3, '1'' OR 1=1 --', 'x'), ('', 4, repeat('x', 10000), 'y');
            """;
    /** Groups of equal rows without a key, and NULL in every place. */
    private static final String PLAIN =
            """
            CREATE VIEW views.extra_plain AS
            SELECT nullif(n % 4, 3) AS a, CASE WHEN n % 5 > 0 THEN n % 2 END AS b, '{}'::json AS j FROM generate_series(1, 40) AS n;
            CREATE VIEW views.extra_broken AS SELECT 1 / (n - 3) AS q FROM generate_series(1, 5) AS n;
            """;

    private static final String ORDERS =
            """
            CREATE TABLE views.extra_order (
                order_id bigint PRIMARY KEY, country text, amount integer NOT NULL, note text, code text NOT NULL UNIQUE);
            CREATE INDEX ON views.extra_order (country, order_id);
            CREATE INDEX ON views.extra_order (country, amount DESC, order_id DESC);
            INSERT INTO views.extra_order
            SELECT n, CASE WHEN n %% 3 > 0 THEN 'C' || n %% 3 END, n %% 7, 'n' || n %% 2, 'x' || n FROM generate_series(1, %d) AS n;
            """;
    private static final String DROP =
            """
            DROP TABLE IF EXISTS views.extra_kinds, views."Extra ""odd"".t", views.extra_order;
            DROP VIEW IF EXISTS views.extra_plain, views.extra_broken;
            DROP TYPE IF EXISTS views.extra_mood;
            DROP DOMAIN IF EXISTS views.extra_percent;
            """;

    private ExtraTables() {}

    static void create(Pool pool) {
        drop(pool);
        run(pool, KINDS + ODD + PLAIN + orders(50));
    }

    /** So many orders in place of those that are there. */
    static void createOrders(Pool pool, int number) {
        run(pool, "DROP TABLE views.extra_order;" + orders(number));
    }

    private static String orders(int number) {
        return ORDERS.formatted(number);
    }

    static void drop(Pool pool) {
        run(pool, DROP);
    }

    static void run(Pool pool, String sql) {
        pool.query(sql).executeAndAwait();
    }
}
