package io.streamviews.dev;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports on which a server of this machine may listen. Free ports come from below the range that the operating system
 * gives to clients: a client that keeps connecting to a stopped server's port would otherwise end up connected to
 * itself, and the server could not come back.
 */
final class LocalPort {

    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 100;

    /** Whoever was given one may not listen yet. */
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private LocalPort() {}

    /** The preferred port if nothing listens on it, else a free one. */
    static int preferring(int port) {
        return port > 0 && isFree(port) ? port : free();
    }

    static int free() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (isFree(port) && GIVEN.add(port)) {
                return port;
            }
        }
        throw new EmbeddedServerException("No free port between " + LOWEST + " and " + HIGHEST + " in " + ATTEMPTS
                + " attempts: is this machine allowed to listen on local ports?");
    }

    /** Whether a server can listen on the port on every address that "localhost" means, and on all addresses. */
    static boolean isFree(int port) {
        try {
            for (InetAddress address : InetAddress.getAllByName("localhost")) {
                canListen(new InetSocketAddress(address, port));
            }
            canListen(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void canListen(InetSocketAddress address) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
        }
    }
}
