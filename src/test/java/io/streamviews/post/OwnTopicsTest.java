package io.streamviews.post;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamviews.EmbeddedServersResource;
import io.streamviews.kafka.PrefixedTopics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

class OwnTopicsTest {

    @Test
    void usersAreCompactedAndPostsAreKept() throws Exception {
        String servers = EmbeddedServersResource.servers().getBootstrapServers();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            new PrefixedTopics("kept-", 1).creation(admin).run();

            assertThat(settings(admin, "kept-user-events"))
                    .containsEntry("cleanup.policy", "compact")
                    .containsEntry("segment.bytes", "67108864")
                    .containsEntry("min.compaction.lag.ms", "21600000")
                    .containsEntry("max.compaction.lag.ms", "86400000");
            assertThat(settings(admin, "kept-post-events"))
                    .containsEntry("cleanup.policy", "delete")
                    .containsEntry("retention.ms", "-1");
        }
    }

    private static Map<String, String> settings(Admin admin, String topic)
            throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Map<String, String> settings = new HashMap<>();
        admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .entries()
                .forEach(entry -> settings.put(entry.name(), entry.value()));
        return settings;
    }
}
