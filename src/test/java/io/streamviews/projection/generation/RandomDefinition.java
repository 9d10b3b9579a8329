package io.streamviews.projection.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A view over the tables of {@link RandomRows}, the same for the same random numbers: aggregates that can be subtracted and
 * others, joins that are local to a partition and others, groups that are in the select list and others.
 */
final class RandomDefinition {

    private static final List<String> ITEM_GROUPS = List.of(
            "{i}kind",
            "{i}label",
            "({i}n % 3)",
            "{i}ok",
            "({i}at AT TIME ZONE 'UTC')::date",
            "{i}owner",
            "upper({i}kind)",
            "{i}n > 2",
            "{i}amount",
            "{i}id",
            "CASE WHEN {i}ok THEN 'from, where' ELSE {i}kind END",
            "coalesce({i}kind, '(')");
    private static final List<String> PERSON_GROUPS =
            List.of("{p}city", "{p}level", "{p}person_id", "{p}score", "lower({p}city)");
    private static final List<String> ODD_GROUPS =
            List.of("{o}\"Group %s\"", "{o}\"va\"\"lue\" % 2", "{o}\"va\"\"lue\"", "{o}found");

    private static final List<String> ITEM_SUMS = List.of(
            "count(*)",
            "count({i}kind)",
            "sum({i}n)",
            "sum({i}big)",
            "sum({i}amount)",
            "sum({i}price)",
            "avg({i}n)",
            "avg({i}big)",
            "avg({i}price)",
            "avg({i}amount)",
            "sum({i}small)",
            "avg({i}small)",
            "count({i}n) FILTER (WHERE {i}ok)",
            "sum({i}n) FILTER (WHERE {i}kind <> 'a' AND {i}ok)",
            "sum({i}amount) FILTER (WHERE {i}n > 1)",
            "avg({i}amount) FILTER (WHERE {i}kind = 'b)')",
            "sum({i}n) + count(*)",
            "round(avg({i}price), 2)",
            "coalesce(sum({i}n), 0)",
            "sum({i}n * 2 - 1)",
            "sum({i}price * {i}n)",
            "sum({i}price * {i}n + 1.5)::text",
            "avg({i}price)::text",
            "sum(round({i}amount, 1))::text",
            "sum({i}amount)::text || ' sum(' || count({i}label)",
            "CASE WHEN count(*) > 1 THEN sum({i}big) END",
            "'constant'::text",
            "3");
    private static final List<String> PERSON_SUMS =
            List.of("sum({p}level)", "sum({p}score)", "avg({p}score)", "avg({p}level)", "count({p}city)");
    private static final List<String> ODD_SUMS =
            List.of("sum({o}\"va\"\"lue\")", "count({o}\"Group %s\")", "avg({o}\"va\"\"lue\") FILTER (WHERE {o}found)");
    private static final List<String> ITEM_OTHERS = List.of(
            "min({i}amount)",
            "max({i}at)",
            "count(DISTINCT {i}kind)",
            "bool_and({i}ok)",
            "array_agg({i}id ORDER BY {i}id)",
            "string_agg({i}label, ',' ORDER BY {i}label, {i}id)",
            "array_agg(DISTINCT {i}n)",
            "max({i}ratio)",
            "sum(DISTINCT {i}n)",
            "percentile_disc(0.5) WITHIN GROUP (ORDER BY {i}n)",
            "min({i}label) FILTER (WHERE {i}n > 1)",
            "stddev({i}n)",
            "(array_agg({i}id ORDER BY {i}n DESC NULLS LAST, {i}id))[1]");
    private static final List<String> PERSON_OTHERS =
            List.of("max({p}city)", "min({p}score)", "count(DISTINCT {p}level)");
    private static final List<String> ODD_OTHERS =
            List.of("max({o}\"Group %s\")", "bool_or({o}found)", "count(DISTINCT {o}\"va\"\"lue\")");

    private static final List<String> ITEM_FILTERS = List.of(
            "{i}n > 1",
            "{i}kind IS NOT NULL",
            "{i}ok",
            "{i}ok AND {i}n <> 3",
            "{i}label LIKE 'a%'",
            "({i}n = 1 OR {i}ok)",
            "{i}n IS NULL");
    private static final List<String> FROM_BOTH = List.of(
            "item i JOIN person p ON p.person_id = i.owner",
            "item i JOIN person p ON p.level = i.n",
            "person p JOIN item i ON i.owner = p.person_id AND i.n > 0",
            "item i CROSS JOIN person p");
    private static final List<String> FROM_LEFT = List.of(
            "item i LEFT JOIN person p ON p.person_id = i.owner",
            "person p LEFT JOIN item i ON i.owner = p.person_id AND i.ok",
            "person p LEFT JOIN item i ON i.n = p.level",
            "person p LEFT JOIN \"Odd \"\"T\"\" %s\" o ON o.\"Key\" = p.level LEFT JOIN item i ON i.owner = o.\"Key\"");
    private static final List<String> FROM_ALL = List.of(
            "item i JOIN person p ON p.person_id = i.owner JOIN \"Odd \"\"T\"\" %s\" o ON o.\"Key\" = p.person_id",
            "person p, item i, \"Odd \"\"T\"\" %s\" o WHERE p.person_id = i.owner AND o.\"va\"\"lue\" = p.level");

    private final SplittableRandom random;
    final boolean subtracts;
    /** Whether it shows numbers of any scale, on which nothing can be built. */
    final boolean hasAnyScale;

    final String sql;

    RandomDefinition(SplittableRandom random) {
        this.random = random;
        this.subtracts = random.nextInt(100) < 60;
        int kind = random.nextInt(10);
        List<String> groups = new ArrayList<>();
        List<String> aggregates = new ArrayList<>();
        String from;
        if (kind < 4) {
            from = "item";
            take(groups, ITEM_GROUPS);
            fill(aggregates, ITEM_SUMS, ITEM_OTHERS);
        } else if (kind < 5) {
            from = "\"Odd \"\"T\"\" %s\"";
            take(groups, ODD_GROUPS);
            fill(aggregates, ODD_SUMS, ODD_OTHERS);
        } else {
            boolean all = kind > 8;
            from = any(all ? FROM_ALL : kind > 7 ? FROM_LEFT : FROM_BOTH);
            if (!from.startsWith("person p LEFT")) {
                take(groups, ITEM_GROUPS);
            }
            if (!from.startsWith("item i LEFT")) {
                take(groups, PERSON_GROUPS);
            }
            fill(aggregates, ITEM_SUMS, ITEM_OTHERS);
            fill(aggregates, PERSON_SUMS, PERSON_OTHERS);
            if (all) {
                fill(aggregates, ODD_SUMS, ODD_OTHERS);
            }
        }
        String where = kind != 4 && random.nextInt(kind == 8 ? 2 : 3) == 0
                ? (from.contains(" WHERE ") ? " AND " : " WHERE ") + any(ITEM_FILTERS)
                : "";
        List<String> items = new ArrayList<>(List.of("count(*)"));
        items.addAll(aggregates);
        groups.stream()
                .filter(group -> random.nextInt(5) > 0)
                .forEach(group -> items.add(random.nextInt(items.size() + 1), group));
        if (!groups.isEmpty() && !groups.contains("{i}amount") && random.nextInt(6) == 0) {
            items.add("(" + groups.get(0) + ") IS NOT NULL");
        }
        String having = random.nextInt(8) > 0
                ? ""
                : " HAVING "
                        + (subtracts
                                ? any(List.of("count(*) > 1", "count(*) <> 2 AND count(*) < 100"))
                                : "count(*) > 1");
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            list.append(i == 0 ? "" : ", ")
                    .append(items.get(i))
                    .append(items.get(i).equals("count(*)") && i == items.indexOf("count(*)") ? " AS n" : " AS c" + i);
        }
        String text = "SELECT " + list + " FROM " + from + where
                + (groups.isEmpty() ? "" : " GROUP BY " + String.join(", ", groups)) + having;
        boolean isJoin = kind >= 5;
        this.hasAnyScale = groups.contains("{i}amount") || text.matches("(?s).*(sum|avg)\\(\\{i}amount\\).*");
        this.sql = text.replace("{i}", isJoin ? "i." : "")
                .replace("{p}", isJoin ? "p." : "")
                .replace("{o}", isJoin ? "o." : "");
    }

    /** A view on a kept view, by its name. */
    static String over(String view, SplittableRandom random) {
        return List.of(
                        "SELECT n > 2 AS many, count(*) AS views, sum(n) AS rows FROM {v} GROUP BY 1",
                        "SELECT n, count(*), max(n) AS top FROM {v} WHERE n <> 3 GROUP BY n",
                        "SELECT sum(n), count(n), avg(n) FROM {v}",
                        "SELECT p.city, sum(v.n), count(*) FROM {v} v JOIN \"Other\" p ON p.level = v.n GROUP BY 1",
                        "SELECT min(n), array_agg(n ORDER BY n) AS all FROM {v}")
                .get(random.nextInt(5))
                .replace("{v}", '"' + view + '"');
    }

    private void take(List<String> groups, List<String> from) {
        for (int i = random.nextInt(3); i > 0; i--) {
            String group = any(from);
            if (!groups.contains(group)) {
                groups.add(group);
            }
        }
    }

    private void fill(List<String> aggregates, List<String> sums, List<String> others) {
        for (int i = random.nextInt(4); i > 0; i--) {
            aggregates.add(any(subtracts || random.nextBoolean() ? sums : others));
        }
    }

    private String any(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    @Override
    public String toString() {
        return sql.lines().collect(Collectors.joining(" "));
    }
}
