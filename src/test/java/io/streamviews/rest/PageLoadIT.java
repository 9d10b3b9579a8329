package io.streamviews.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.streamviews.Bystander;
import io.streamviews.SmallProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Lists of large entries leave a process of 512 MB alive, come in pages of bounded size, and have every entry once. */
@Tag("alone")
@EnabledOnOs(OS.LINUX)
class PageLoadIT {

    private static final int POSTS = 1_000;
    private static final int CLIENTS = 20;
    private static final int PAGES_AT_ONCE = 5;
    private static final int MOST_BYTES = 1_300_000;
    private static final Duration MOST = Duration.ofSeconds(1);
    private static final Pattern ID = Pattern.compile("\"id\":(\\d+),\"title\"");

    private static SmallProcess application;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private Bystander bystander;

    @BeforeAll
    static void start() {
        application = SmallProcess.start("page_load", Map.of());
        application.execute(
                """
                INSERT INTO views.post_view (post_id, title, content, author_id, created_at, updated_at, version, source_offset)
                SELECT i, 'T', repeat(md5(i::text), 3125), 7, now(), now(), 1, 0 FROM generate_series(1, %d) AS i
                """
                        .formatted(POSTS));
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @BeforeEach
    void look() {
        bystander = new Bystander(application.process());
    }

    @AfterEach
    void rest() {
        clients.shutdownNow();
        bystander.close();
    }

    @Test
    void manyWhoReadLargePostsAtOnceDisturbNobody() throws Exception {
        List<Future<List<Long>>> reading = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            reading.add(clients.submit(() -> read("/api/posts?limit=1000", PAGES_AT_ONCE)));
        }

        for (Future<List<Long>> read : reading) {
            assertThat(read.get()).hasSizeGreaterThan(PAGES_AT_ONCE);
        }
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void everyPostIsThereOnce() throws Exception {
        assertThat(read("/api/posts?limit=1000", POSTS))
                .isEqualTo(LongStream.rangeClosed(1, POSTS).boxed().toList());
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void theListOfAnAuthorIsBoundedToo() throws Exception {
        assertThat(read("/api/posts/by-author/7?limit=500", POSTS))
                .hasSize(POSTS)
                .doesNotHaveDuplicates();
        bystander.assertUndisturbed(MOST);
    }

    @Test
    void largeDeadLettersComeInPages() throws Exception {
        application.execute(
                """
                INSERT INTO views.dead_letter (topic, partition, "offset", key, error, place)
                SELECT 't', 0, i, convert_to(repeat('k', 900000), 'UTF8'), 'e', i FROM generate_series(1, 12) AS i
                """);

        String next = "/api/admin/dead-letters?limit=1000&topic=t";
        List<Integer> offsets = new ArrayList<>();
        while (next != null) {
            HttpResponse<String> page = get(next);
            assertThat(page.body().length()).isLessThan(MOST_BYTES);
            offsets.addAll(JsonPath.from(page.body()).getList("offset"));
            next = next(page);
        }

        assertThat(offsets).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    }

    @Test
    void aHistoryOfLargeEventsComesInPages() throws Exception {
        application.execute(
                """
                INSERT INTO public.posts (id, title, content, author_id, created_at, updated_at, version)
                VALUES (5000, 'T', 'x', 7, now(), now(), 1)
                """);
        for (int i = 0; i < 25; i++) {
            String post = "{\"title\":\"%d\",\"content\":\"%s\",\"authorId\":7}".formatted(i, "x".repeat(100_000));
            assertThat(application
                            .process()
                            .send("PUT", "/api/posts/5000", post)
                            .statusCode())
                    .isEqualTo(200);
        }

        String next = "/api/posts/5000/events?limit=1000";
        List<Integer> versions = new ArrayList<>();
        int pages = 0;
        for (; next != null; pages++) {
            HttpResponse<String> page = get(next);
            assertThat(page.body().length()).isLessThan(MOST_BYTES);
            versions.addAll(JsonPath.from(page.body()).getList("version"));
            next = next(page);
        }

        assertThat(versions).hasSize(25).isSorted().doesNotHaveDuplicates();
        assertThat(pages).isGreaterThan(1);
    }

    /** The ids on so many pages at most. */
    private List<Long> read(String first, int pages) throws IOException, InterruptedException {
        List<Long> ids = new ArrayList<>();
        String next = first;
        for (int i = 0; i < pages && next != null; i++) {
            HttpResponse<String> page = get(next);
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            assertThat(page.body().length()).isLessThan(MOST_BYTES);
            Matcher id = ID.matcher(page.body());
            while (id.find()) {
                ids.add(Long.valueOf(id.group(1)));
            }
            next = next(page);
        }
        return ids;
    }

    /** With more patience than any other client: all clients and the servers share two processors. */
    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = application.process().uri("/").resolve(path);
        return http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
    }

    /** Null if there is none. */
    private static String next(HttpResponse<String> page) {
        return page.headers()
                .firstValue("Link")
                .map(link -> link.substring(link.indexOf('<') + 1, link.indexOf('>')))
                .orElse(null);
    }
}
