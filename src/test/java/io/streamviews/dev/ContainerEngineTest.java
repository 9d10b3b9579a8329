package io.streamviews.dev;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerEngineTest {

    @TempDir
    Path home;

    @Test
    void isLookedForWhereDockerHostSays() {
        assertThat(ContainerEngine.addresses(Map.of("DOCKER_HOST", "tcp://engine.example:2376"), home))
                .containsExactly(new InetSocketAddress("engine.example", 2376));
        assertThat(ContainerEngine.addresses(Map.of("DOCKER_HOST", "unix:///run/user/1000/podman/podman.sock"), home))
                .containsExactly(UnixDomainSocketAddress.of("/run/user/1000/podman/podman.sock"));
    }

    @Test
    void isLookedForAtTheUsualSocketsThatExist() throws Exception {
        Path desktop = home.resolve(".docker/desktop/docker.sock");
        Files.createDirectories(desktop.getParent());
        Files.createFile(desktop);
        Path rootless = Files.createFile(home.resolve("docker.sock"));

        assertThat(ContainerEngine.addresses(Map.of("XDG_RUNTIME_DIR", home.toString()), home))
                .contains(UnixDomainSocketAddress.of(rootless), UnixDomainSocketAddress.of(desktop))
                .doesNotContain(UnixDomainSocketAddress.of(home.resolve(".docker/run/docker.sock")));
    }

    @Test
    void answersWhenItSpeaksHttp() throws Exception {
        HttpServer engine = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        engine.start();
        try {
            assertThat(ContainerEngine.answers(engine.getAddress())).isTrue();
        } finally {
            engine.stop(0);
        }
        assertThat(ContainerEngine.answers(engine.getAddress())).isFalse();
    }

    @Test
    void doesNotAnswerWhenOnlyItsSocketIsThere() throws Exception {
        UnixDomainSocketAddress silent = UnixDomainSocketAddress.of(home.resolve("silent.sock"));
        try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listening.bind(silent);
            assertThat(ContainerEngine.answers(silent)).isFalse();
        }
        assertThat(ContainerEngine.answers(silent)).isFalse();
    }
}
