package io.streamviews.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class LocalPortTest {

    @Test
    void isThePreferredOneWhileItIsFree() {
        int preferred = LocalPort.free();

        assertThat(LocalPort.preferring(preferred)).isEqualTo(preferred);
    }

    @Test
    void isAnotherOneWhenSomethingListensOnTheLoopbackAddress() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(LocalPort.preferring(taken.getLocalPort())).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void isAnotherOneWhenSomethingListensOnAllAddresses() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThat(LocalPort.preferring(taken.getLocalPort())).isNotEqualTo(taken.getLocalPort());
        }
    }
}
