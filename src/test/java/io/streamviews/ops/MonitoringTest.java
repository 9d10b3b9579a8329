package io.streamviews.ops;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.streamviews.EmbeddedServersResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The alerts and the dashboard ask for what the application really exports. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class MonitoringTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Path MONITORING = Path.of("docker", "monitoring");
    private static final String PROVISIONING = "grafana/provisioning/datasources/streamviews.yml";

    /** Labels that Prometheus itself gives to every series, as prometheus.yml says. */
    private static final Set<String> TARGET = Set.of("job", "instance", "service");

    private static final Pattern SHOWN_LABEL = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)\\s*}}");

    @Test
    void everyMetricAndLabelThatIsAskedForIsExported() {
        givenSomethingHasBeenDone();
        assertThat(queries()).hasSizeGreaterThan(50);

        await().atMost(PATIENCE).untilAsserted(() -> {
            Exposition exported = Exposition.of(given().get("/q/metrics").asString());
            assertThat(queries().flatMap(query -> missing(query, exported))).isEmpty();
        });
    }

    @Test
    void everyTimerHasFewBuckets() {
        givenSomethingHasBeenDone();

        Map<String, Long> buckets = given().get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("streamviews_") && line.contains("le=\""))
                .collect(Collectors.groupingBy(line -> line.substring(0, line.indexOf('{')), Collectors.counting()));
        assertThat(buckets).hasSize(4).allSatisfy((name, count) -> assertThat(count)
                .isBetween(5L, 20L));
    }

    @Test
    void everyAlertSaysWhatItMeansAndWhatToDo() {
        List<JsonNode> alerts = alerts().toList();

        assertThat(alerts).hasSizeGreaterThan(10).allSatisfy(alert -> {
            assertThat(alert.path("labels").path("severity").asText()).isIn("critical", "warning");
            assertThat(alert.path("annotations").path("summary").asText()).isNotBlank();
            assertThat(alert.path("annotations").path("runbook").asText()).endsWith(".");
        });
        assertThat(alerts.stream().map(alert -> alert.path("alert").asText())).doesNotHaveDuplicates();
    }

    /** What is absent has no labels of its own, so that two alerts would be one. */
    @Test
    void anAlertOfWhatIsAbsentSaysOfWhichService() {
        List<String> expressions = alerts().map(alert -> alert.path("expr").asText())
                .filter(expression -> expression.contains("absent("))
                .toList();

        assertThat(expressions).isNotEmpty().allSatisfy(expression -> assertThat(expression.replaceAll(
                        "label_replace\\(absent\\(up\\{[^}]*service=(\"[^\"]+\")[^}]*} == 1\\), \"service\", \\1, \"\", \"\"\\)",
                        ""))
                .doesNotContain("absent"));
    }

    @Test
    void theDashboardUsesTheDatasourceThatIsProvisioned() {
        Set<String> uids = new HashSet<>();
        read(PROVISIONING)
                .path("datasources")
                .forEach(source -> uids.add(source.path("uid").asText()));

        assertThat(panels().map(panel -> panel.path("id").asInt())).doesNotHaveDuplicates();
        assertThat(panels().filter(panel -> panel.has("datasource")))
                .hasSizeGreaterThan(15)
                .allSatisfy(
                        panel -> assertThat(panel.path("datasource").path("uid").asText())
                                .isIn(uids));
    }

    @Test
    void prometheusLooksForTheServicesThatComposeStarts() {
        JsonNode services = read("../compose.yaml").path("services");

        assertThat(elements(
                        read("prometheus.yml").path("scrape_configs").path(0).path("dns_sd_configs")))
                .hasSize(2)
                .allSatisfy(found -> {
                    JsonNode service = services.path(found.path("names").path(0).asText());
                    assertThat(service.isObject()).isTrue();
                    assertThat(found.path("port").asText())
                            .isEqualTo(service.path("environment")
                                    .path("QUARKUS_HTTP_PORT")
                                    .asText("8081"));
                });
        assertThat(read("prometheus.yml").path("rule_files").path(0).asText()).isEqualTo("alerts.yml");
    }

    private static void givenSomethingHasBeenDone() {
        String token = given().contentType(ContentType.JSON)
                .body(Map.of("name", "Watched", "email", "watched@example.com"))
                .post("/api/users")
                .then()
                .statusCode(201)
                .extract()
                .header("Consistency-Token");
        given().header("Consistency-Token", token)
                .get("/api/posts/users")
                .then()
                .statusCode(200);
    }

    /** What a query needs and the application does not export. */
    private static Stream<String> missing(Query query, Exposition exported) {
        PromqlNames names = PromqlNames.of(query.expression());
        Set<String> labels = new HashSet<>(TARGET);
        List<String> missing = new ArrayList<>();
        names.metrics().forEach((metric, selected) -> {
            Set<String> own = metric.equals("up") ? Set.of() : exported.labels().get(metric);
            if (own == null) {
                missing.add("%s: no metric %s".formatted(query.place(), metric));
                return;
            }
            labels.addAll(own);
            selected.stream()
                    .filter(label -> !own.contains(label) && !TARGET.contains(label))
                    .forEach(label -> missing.add("%s: %s has no label %s".formatted(query.place(), metric, label)));
        });
        Set<String> used = new HashSet<>(names.grouping());
        SHOWN_LABEL.matcher(query.texts()).results().forEach(label -> used.add(label.group(1)));
        used.stream()
                .filter(label -> !labels.contains(label))
                .forEach(label -> missing.add("%s: nothing has the label %s".formatted(query.place(), label)));
        return missing.stream();
    }

    private static Stream<Query> queries() {
        return Stream.concat(
                alerts().map(alert -> new Query(
                        alert.path("alert").asText(),
                        alert.path("expr").asText(),
                        alert.path("annotations").toString())),
                panels().flatMap(panel -> elements(panel.path("targets"))
                        .map(target -> new Query(
                                panel.path("title").asText(),
                                target.path("expr").asText(),
                                target.path("legendFormat").asText()))));
    }

    private static Stream<JsonNode> alerts() {
        return elements(read("alerts.yml").path("groups")).flatMap(group -> elements(group.path("rules")));
    }

    private static Stream<JsonNode> panels() {
        return elements(read("grafana/dashboards/streamviews.json").path("panels"));
    }

    private static Stream<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static JsonNode read(String file) {
        ObjectMapper reader = file.endsWith(".json") ? new ObjectMapper() : new ObjectMapper(new YAMLFactory());
        try {
            return reader.readTree(Files.readString(MONITORING.resolve(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param texts what is shown of the result */
    private record Query(String place, String expression, String texts) {}
}
