package io.streamviews.projection.generation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Statements that change a few rows at random, the same for the same random numbers, of one partition, as its task does, or
 * of any, as a person may do. What an owner has is in the owner's partition.
 */
final class RandomRows {

    static final String TABLES =
            """
            CREATE TABLE item (id bigint PRIMARY KEY, owner bigint NOT NULL, kind text, label text, amount numeric,
                price numeric(12, 2), n integer, big bigint, small smallint NOT NULL DEFAULT 1, ratio double precision, ok boolean,
                at timestamptz);
            CREATE INDEX ON item (owner);
            CALL source('item', 'items', '{"id": "/id"}', record_key => '/owner');
            CREATE TABLE person (person_id bigint PRIMARY KEY, city text, level integer, score numeric(10, 3));
            CALL source('person', 'people', '{"person_id": "key"}');
            CREATE TABLE "Odd ""T"" %s" ("Key" bigint PRIMARY KEY, "Group %s" text, "va""lue" integer, found boolean);
            CALL source('Odd "T" %s', 'odds', '{"Key": "key"}');
            CREATE TABLE "Other" (person_id bigint PRIMARY KEY, city text, level integer, score numeric(10, 3));
            CALL source('Other', 'others', '{"person_id": "key"}');
            """;

    static final int PARTITIONS = 3;
    private static final int OWNERS = 4;
    private static final int ITEMS = 12;

    private final SplittableRandom random;
    private final int partition;

    /** @param partition -1 for all */
    RandomRows(SplittableRandom random, int partition) {
        this.random = random;
        this.partition = partition;
    }

    /** One to three statements, in the order in which a task writes its tables. */
    List<String> transaction() {
        return IntStream.range(0, 1 + random.nextInt(3))
                .map(i -> random.nextInt(4))
                .sorted()
                .mapToObj(this::statement)
                .toList();
    }

    private String statement(int table) {
        return switch (table) {
            case 0 -> items();
            case 1 -> people("person");
            case 2 -> odd();
            default -> people("\"Other\"");
        };
    }

    private String items() {
        String mine = "owner IN (" + some(OWNERS, this::owner) + ")";
        return switch (random.nextInt(8)) {
            case 0, 1, 2, 3 ->
                IntStream.range(0, 1 + random.nextInt(6))
                        .map(i -> random.nextInt(ITEMS))
                        .distinct()
                        .sorted()
                        .mapToObj(this::item)
                        .collect(
                                Collectors.joining(
                                        ", ",
                                        "INSERT INTO item (id, owner, kind, label, amount, price, n, big, small, ratio, ok, at, version, source_offset) VALUES ",
                                        " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, kind = excluded.kind, amount = excluded.amount,"
                                                + " n = excluded.n, price = excluded.price, ok = excluded.ok, at = excluded.at"));
            case 4 -> "UPDATE item SET kind = %s, n = n + 1, ok = NOT ok WHERE %s".formatted(kind(), mine);
            case 5 ->
                "UPDATE item SET amount = %s, big = -big, label = %s, small = small %% 7 + 1 WHERE %s"
                        .formatted(amount(), label(), mine);
            case 6 -> "UPDATE item SET owner = %s WHERE %s".formatted(owner(random.nextInt(OWNERS)), same(mine));
            default -> "DELETE FROM item WHERE " + mine + " AND n IS DISTINCT FROM " + random.nextInt(5);
        };
    }

    /** A move by hand would take the row into another partition. */
    private String same(String mine) {
        return partition < 0 ? "false" : mine;
    }

    private String item(int i) {
        int owner = random.nextInt(OWNERS);
        int of = partition < 0 ? random.nextInt(PARTITIONS) : partition;
        return "(%d, %d, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, 1)"
                .formatted(
                        i * PARTITIONS + of,
                        owner * PARTITIONS + of,
                        kind(),
                        label(),
                        amount(),
                        any("NULL", "0", "1.5", "-2.25", "1000.01", "'NaN'"),
                        any("NULL", "0", "1", "2", "3", "4"),
                        any("NULL", "1", "-1", "9000000000", "0"),
                        any("1", "2", "3"),
                        any("NULL", "0.1", "0.2", "'NaN'"),
                        any("NULL", "true", "false"),
                        any("NULL", "'2026-01-01 23:30Z'", "'2026-01-02 00:30Z'", "'2026-03-01Z'"));
    }

    private String people(String table) {
        String mine = "person_id IN (" + some(OWNERS, this::owner) + ")";
        return switch (random.nextInt(6)) {
            case 0, 1, 2, 3 ->
                some(OWNERS, i -> "(%s, %s, %s, %s, 1, 1)"
                                .formatted(
                                        owner(i),
                                        any("NULL", "'Ulm'", "'ulm'", "'Köln'"),
                                        any("NULL", "1", "2", "3"),
                                        any("NULL", "1.125", "-1", "0", "'NaN'")))
                        .transform(
                                rows -> "INSERT INTO " + table
                                        + " (person_id, city, level, score, version, source_offset) VALUES " + rows
                                        + " ON CONFLICT (person_id) DO UPDATE SET city = excluded.city, level = excluded.level, score = excluded.score");
            case 4 -> "UPDATE %s SET level = %s WHERE %s".formatted(table, any("NULL", "1", "2"), mine);
            default -> "DELETE FROM %s WHERE %s".formatted(table, mine);
        };
    }

    private String odd() {
        return random.nextInt(5) == 0
                ? "DELETE FROM \"Odd \"\"T\"\" %s\" WHERE \"Key\" IN (" + some(OWNERS, this::owner) + ")"
                : some(OWNERS, i -> "(%s, %s, %s, %s, 1, 1)"
                                .formatted(
                                        owner(i),
                                        any("NULL", "'x'", "'Y ''\"%'"),
                                        any("NULL", "1", "2"),
                                        any("NULL", "true", "false")))
                        .transform(
                                rows ->
                                        "INSERT INTO \"Odd \"\"T\"\" %s\" (\"Key\", \"Group %s\", \"va\"\"lue\", found, version, source_offset)"
                                                + " VALUES " + rows
                                                + " ON CONFLICT (\"Key\") DO UPDATE SET \"Group %s\" = excluded.\"Group %s\", \"va\"\"lue\" = excluded.\"va\"\"lue\"");
    }

    private String owner(int i) {
        int of = partition < 0 ? random.nextInt(PARTITIONS) : partition;
        return Integer.toString(i * PARTITIONS + of);
    }

    private String kind() {
        return any("NULL", "'a'", "'b)'", "'c'''");
    }

    private String label() {
        return any("NULL", "'a1'", "'a2'", "'FROM item'");
    }

    /** Of any scale; now and then what cannot be subtracted, or is of a scale that an average shows. */
    private String amount() {
        return any(
                "NULL",
                "0",
                "1",
                "2.5",
                "-3.125",
                "10.00",
                "7",
                "1000000.5",
                random.nextInt(8) > 0
                        ? "4"
                        : any("'NaN'", "'Infinity'", "'-Infinity'", "1e15", "0.12345678901234567890123"));
    }

    private String some(int most, Function<Integer, String> each) {
        int first = random.nextInt(most);
        return IntStream.rangeClosed(first, first + random.nextInt(most - first))
                .mapToObj(each::apply)
                .collect(Collectors.joining(", "));
    }

    private String any(String... of) {
        return of[random.nextInt(of.length)];
    }
}
