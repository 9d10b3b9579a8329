package io.streamviews;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.Map;

/** What several tests want otherwise than it is, and none of them minds of another: each application less saves ten seconds. */
public final class MixedSettings implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
        try (ServerSocket free = new ServerSocket(0)) {
            return Map.of(
                    "streamviews.http.second-port", String.valueOf(free.getLocalPort()),
                    // a busy machine may take its time
                    "streamviews.consistency.max-wait", "30s",
                    // counts follow by themselves
                    "streamviews.projection.dead-letter-interval", "1h");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
