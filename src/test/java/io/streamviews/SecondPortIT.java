package io.streamviews;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecondPortIT {

    @Test
    void aPortInUseKeepsTheApplicationFromStartingAndIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = String.valueOf(taken.getLocalPort());

            assertThatThrownBy(() -> PackagedProcess.start("port-in-use", Map.of("streamviews.http.second-port", port)))
                    .hasMessageContaining("Port " + port + " seems to be in use");
        }
    }
}
