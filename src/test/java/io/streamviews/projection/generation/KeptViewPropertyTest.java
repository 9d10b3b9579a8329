package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.projection.generation.ViewFiles.ViewFile;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;

/**
 * Whatever is kept is what its definition says. As many random definitions as there is time for; with
 * {@code -Dkept.definitions=1000} so many, from {@code -Dkept.seed=1} on.
 */
class KeptViewPropertyTest {

    private static final Logger LOG = Logger.getLogger(KeptViewPropertyTest.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void aKeptViewEqualsItsDefinitionAfterEveryTransaction() throws Exception {
        Integer definitions = Integer.getInteger("kept.definitions");
        long seed = Long.getLong("kept.seed", 1);
        KeptViewProperty property = new KeptViewProperty(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&preferQueryMode=simple"
                        .formatted(EmbeddedServersResource.servers().getDatabasePort()),
                ViewFiles.engine().stream().map(ViewFile::text).toList());
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0;
                definitions == null ? i == 0 || System.nanoTime() < end : property.definitions() < definitions;
                i++) {
            property.check(
                    seed + i, "kept_%d_%d".formatted(ProcessHandle.current().pid(), seed + i));
        }
        LOG.infof("%s", property);
        assertThat(property.definitions()).isPositive();
    }
}
