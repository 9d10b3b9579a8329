package io.streamviews.projection;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Statements that change a few users and posts at random, the same for the same seed: upserts as the projection makes
 * them, and whatever a person may do by hand. Posts come before their authors, authors go before their posts.
 */
final class RandomChanges {

    private static final int USERS = 12;
    private static final int POSTS = 60;
    private static final List<String> DEPARTMENTS = List.of("'a'", "'b'", "'c'", "''", "NULL");

    private final SplittableRandom random;

    RandomChanges(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** One to four statements in a transaction of some partition, or by hand; now and then rolled back. */
    String transaction() {
        String share = chance(70) ? "SET LOCAL streamviews.partition = '" + random.nextInt(4) + "'; " : "";
        String statements = IntStream.rangeClosed(0, random.nextInt(4))
                .mapToObj(i -> statement())
                .collect(Collectors.joining("; "));
        return "BEGIN; SET LOCAL search_path = %s; " + share + statements + (chance(10) ? "; ROLLBACK" : "; COMMIT");
    }

    private String statement() {
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> putUsers();
            case 4, 5, 6, 7, 8, 9 -> putPosts();
            case 10 -> "UPDATE user_view SET department = " + department() + " WHERE user_id IN (" + some(USERS) + ")";
            case 11 ->
                "UPDATE user_view SET status = 'ACTIVE', department = CASE user_id % 2 WHEN 0 THEN department ELSE "
                        + department() + " END";
            case 12 -> "DELETE FROM user_view WHERE user_id IN (" + some(USERS) + ")";
            case 13, 14 -> "DELETE FROM post_view WHERE post_id IN (" + some(POSTS) + ")";
            case 15 -> "DELETE FROM post_view WHERE author_id = " + number(USERS);
            case 16 -> "UPDATE post_view SET author_id = " + number(USERS) + " WHERE post_id IN (" + some(POSTS) + ")";
            case 17 ->
                "UPDATE post_view SET content = content || 'é', created_at = created_at - interval '1 day'"
                        + " WHERE post_id % 3 = " + random.nextInt(3);
            case 18 ->
                "DELETE FROM user_view WHERE user_id > 100; UPDATE user_view SET user_id = user_id + 100"
                        + " WHERE user_id = " + number(USERS);
            default -> chance(50) ? "TRUNCATE " + base() : "DELETE FROM " + base();
        };
    }

    private String putUsers() {
        String rows = numbers(USERS)
                .mapToObj(id -> "(%d, 'n', 'u@%s.com', %s, '%s', now(), %s, %d, 1)"
                        .formatted(
                                id,
                                random.nextInt(3),
                                department(),
                                chance(50) ? "ACTIVE" : "INACTIVE",
                                time(),
                                number(9)))
                .collect(Collectors.joining(", "));
        return "INSERT INTO user_view AS v (user_id, name, email, department, status, created_at, updated_at, version,"
                + " source_offset) VALUES " + rows + " ON CONFLICT (user_id) DO UPDATE"
                + " SET (email, department, status, updated_at, version)"
                + " = ROW(excluded.email, excluded.department, excluded.status, excluded.updated_at, excluded.version)"
                + " WHERE v.version <= excluded.version";
    }

    private String putPosts() {
        String rows = numbers(POSTS)
                .mapToObj(id -> "(%d, 't', repeat('x', %d), %d, %s, now(), %d, 1)"
                        .formatted(id, random.nextInt(30), number(USERS), time(), number(9)))
                .collect(Collectors.joining(", "));
        return "INSERT INTO post_view AS v (post_id, title, content, author_id, created_at, updated_at, version,"
                + " source_offset) VALUES " + rows + " ON CONFLICT (post_id) DO UPDATE"
                + " SET (content, author_id, created_at, version)"
                + " = ROW(excluded.content, excluded.author_id, excluded.created_at, excluded.version)"
                + " WHERE v.version <= excluded.version";
    }

    private String base() {
        return chance(50) ? "user_view" : "post_view";
    }

    private String department() {
        return DEPARTMENTS.get(random.nextInt(DEPARTMENTS.size()));
    }

    private String time() {
        return "now() - interval '" + random.nextInt(24 * 45) + " hours'";
    }

    private String some(int most) {
        return numbers(most).mapToObj(String::valueOf).collect(Collectors.joining(", "));
    }

    /** Different numbers, up to a quarter of all. */
    private IntStream numbers(int most) {
        return random.ints(1 + random.nextInt(most / 4), 1, most + 1).distinct();
    }

    private int number(int most) {
        return 1 + random.nextInt(most);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }
}
