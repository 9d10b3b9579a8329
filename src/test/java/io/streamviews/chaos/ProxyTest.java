package io.streamviews.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A way that falls silent tells nobody, and never hands on later what it has swallowed. */
class ProxyTest {

    private static final int PATIENCE_MS = 10_000;
    private static final int LONG_ENOUGH_MS = 300;

    private ServerSocket server;
    private Proxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxy = new Proxy("127.0.0.1", 0, server.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    @Test
    void passesBytesAndEndsBothWays() throws IOException {
        try (Socket client = connect();
                Socket behind = server.accept()) {
            client.getOutputStream().write(1);
            assertThat(read(behind)).isEqualTo(1);
            behind.getOutputStream().write(2);
            assertThat(read(client)).isEqualTo(2);

            behind.close();

            assertThat(read(client)).isEqualTo(-1);
        }
    }

    @Test
    void anOpenConnectionIsNeverHeardOfAgain() throws IOException {
        try (Socket client = connect();
                Socket behind = server.accept()) {
            client.getOutputStream().write(1);
            assertThat(read(behind)).isEqualTo(1);

            assertThat(proxy.fallSilent()).isEqualTo(1);
            client.getOutputStream().write(2);
            assertSilent(behind);
            proxy.speakAgain();
            client.getOutputStream().write(3);
            assertSilent(behind);
            behind.close();

            assertSilent(client);
        }
    }

    @Test
    void whoConnectsMeanwhileHasToWait() throws IOException {
        proxy.fallSilent();
        try (Socket client = connect()) {
            client.getOutputStream().write(1);
            assertSilent(client);
            proxy.speakAgain();

            try (Socket behind = server.accept()) {
                assertThat(read(behind)).isEqualTo(1);
            }
        }
    }

    @Test
    void whoConnectsWhileTheServerIsAwayIsRefused() throws IOException {
        server.close();
        try (Socket client = connect()) {
            assertThat(read(client)).isEqualTo(-1);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getByName("127.0.0.1"), proxy.port());
    }

    private static int read(Socket socket) throws IOException {
        socket.setSoTimeout(PATIENCE_MS);
        return socket.getInputStream().read();
    }

    private static void assertSilent(Socket socket) throws IOException {
        socket.setSoTimeout(LONG_ENOUGH_MS);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }
}
