package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

class PackagedApplicationIT {

    @Test
    void holdsTheApplicationAndWhatItRunsOn() {
        assertThat(entries())
                .contains("io/streamviews/kafka/TopicsConfig.class", "org/apache/kafka/streams/KafkaStreams.class");
    }

    @Test
    void holdsNothingOfDevMode() {
        assertThat(entries())
                .noneMatch(entry -> entry.startsWith("io/streamviews/dev/") && entry.endsWith(".class"))
                .noneMatch(entry -> entry.startsWith("io/zonky/"))
                .noneMatch(entry -> entry.endsWith(".txz"))
                .noneMatch(entry -> entry.startsWith("kafka/server/"))
                .noneMatch(entry -> entry.startsWith("org/apache/kafka/raft/"))
                .noneMatch(entry -> entry.startsWith("scala/"));
    }

    private static List<String> entries() {
        try (Stream<Path> files = Files.walk(Path.of("target", "quarkus-app"))) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .flatMap(PackagedApplicationIT::entries)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> entries(Path jar) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return zip.stream().map(ZipEntry::getName).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
