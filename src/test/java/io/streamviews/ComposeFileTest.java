package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** What can be seen of docker/compose.yaml without a container engine. */
class ComposeFileTest {

    private static final Path FILE = Path.of("docker", "compose.yaml");
    private static final JsonNode COMPOSE = read();

    @Test
    void publishesWhatTheCommandsOfTheReadmeAskForToThisMachineAlone() {
        List<String> published = services()
                .flatMap(service -> texts(service.getValue().path("ports")))
                .toList();

        assertThat(published).allSatisfy(port -> assertThat(port).startsWith("${BIND:-127.0.0.1}:"));
        assertThat(published.stream()
                        .map(port -> port.substring(0, port.lastIndexOf(':')))
                        .map(port -> port.substring(port.lastIndexOf(':') + 1)))
                .contains("8080", "8081", "8082", "9092", "5432")
                .doesNotHaveDuplicates();
    }

    @Test
    void hasTheServicesThatOperatorsLookAt() {
        assertThat(names()).contains("kafka", "postgres", "user-service", "post-service-kafka", "kafka-ui");
        // one that publishes a port of its own could not be scaled
        assertThat(COMPOSE.at("/services/post-service-kafka/ports").isMissingNode())
                .isTrue();
    }

    @Test
    void pinsEveryImage() {
        assertThat(services().map(service -> service.getValue().path("image").asText()))
                .allMatch(image -> image.matches("[a-z0-9./-]+:v?\\d[\\w.-]*"), "names its version");
        String version = pom().replaceFirst("(?s).*?<version>([^<]+)</version>.*", "$1");
        assertThat(COMPOSE.at("/services/user-service/image").asText()).isEqualTo("streamviews:" + version);
    }

    @Test
    void boundsTheMemoryOfEveryService() {
        assertThat(services())
                .allSatisfy(service -> assertThat(service.getValue().has("mem_limit"))
                        .as(service.getKey())
                        .isTrue());
    }

    @Test
    void mountsFilesAndVolumesThatAreThere() {
        List<String> sources = services()
                .flatMap(service -> texts(service.getValue().path("volumes")))
                .map(volume -> volume.substring(0, volume.indexOf(':')))
                .toList();

        assertThat(sources).isNotEmpty().allSatisfy(source -> assertThat(
                        source.startsWith(".")
                                ? Files.exists(FILE.resolveSibling(source))
                                : COMPOSE.path("volumes").has(source))
                .as(source)
                .isTrue());
        assertThat(FILE.resolveSibling(COMPOSE.at("/services/user-service/build/context")
                                .asText())
                        .resolve(COMPOSE.at("/services/user-service/build/dockerfile")
                                .asText()))
                .exists();
    }

    @Test
    void waitsForServicesThatAreThereAndSayHowTheyAre() {
        services().forEach(service -> service.getValue()
                .path("depends_on")
                .properties()
                .forEach(needed -> {
                    assertThat(names()).contains(needed.getKey());
                    if (needed.getValue().path("condition").asText().equals("service_healthy")) {
                        JsonNode other = COMPOSE.path("services").path(needed.getKey());
                        // the application's image says it itself
                        assertThat(other.has("healthcheck") || other.has("build"))
                                .as(needed.getKey())
                                .isTrue();
                    }
                }));
    }

    @Test
    void believesNobodyButTheProxyWhoAClientIs() throws IOException {
        JsonNode proxy = COMPOSE.at("/services/post-service/networks/default/ipv4_address");

        assertThat(proxy.asText()).isNotEmpty();
        assertThat(COMPOSE.at("/services/post-service-kafka/environment/QUARKUS_HTTP_PROXY_TRUSTED_PROXIES"))
                .isEqualTo(proxy);
        assertThat(Files.readString(FILE.resolveSibling("nginx.conf")))
                .contains("X-Forwarded-For $remote_addr;")
                .contains("Forwarded \"\";");
    }

    @Test
    void setsPropertiesThatTheApplicationHas() {
        List<String> variables = services()
                .filter(service -> service.getValue().has("build"))
                .flatMap(service -> names(service.getValue().path("environment")))
                .toList();

        assertThat(variables).isNotEmpty().isSubsetOf(SettableProperties.variables());
    }

    private static Stream<Map.Entry<String, JsonNode>> services() {
        return COMPOSE.path("services").properties().stream();
    }

    private static List<String> names() {
        return names(COMPOSE.path("services")).toList();
    }

    private static Stream<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey);
    }

    private static Stream<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText);
    }

    /** With what it says once and merges into several services. */
    private static JsonNode read() {
        try {
            return new ObjectMapper().valueToTree(new Yaml().<Object>load(Files.readString(FILE)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pom() {
        try {
            return Files.readString(Path.of("pom.xml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
