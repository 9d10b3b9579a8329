package io.streamviews.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * An instance's way to a server on this machine. When it falls silent, everything is swallowed and nobody is told, as by a
 * firewall that has forgotten its connections: those that were open are never heard of again, not even that they end;
 * those that are opened meanwhile have to wait. A server that asked for keep-alives finds out, as it would.
 */
final class Proxy implements AutoCloseable {

    private static final String ASKS_FOR_KEEP_ALIVES = "tcp_keepalives_idle";

    /** Connections say so right after they have been opened. */
    private static final int FIRST_CHUNKS = 10;

    /** 5 s idle, then three times 2 s without an answer. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(11);

    /** It would be two hours; a long run would be out of PostgreSQL's connections by then. */
    private static final Duration SERVER_PATIENCE = Duration.ofMinutes(5);

    private final ServerSocket entrance;
    private final int server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService keepAlives =
            Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "proxy-keep-alives"));
    private boolean silent;

    /** @param port 0 for any */
    Proxy(String address, int port, int server) throws IOException {
        this.server = server;
        this.entrance = new ServerSocket();
        entrance.bind(new InetSocketAddress(InetAddress.getByName(address), port), 200);
        daemon(this::accept, "proxy-" + entrance.getLocalSocketAddress()).start();
    }

    int port() {
        return entrance.getLocalPort();
    }

    /** @return how many connections are lost */
    synchronized long fallSilent() {
        silent = true;
        return links.stream().filter(Link::lose).count();
    }

    synchronized void speakAgain() {
        silent = false;
        notifyAll();
    }

    private synchronized void awaitSpeech() throws InterruptedException {
        while (silent) {
            wait();
        }
    }

    /** Decides for each link whether it was open when it fell silent. */
    private synchronized boolean join(Link link) {
        if (silent) {
            return false;
        }
        links.add(link);
        return true;
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                daemon(() -> open(client), "proxy-link").start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void open(Socket client) {
        try {
            awaitSpeech();
            Link link = new Link(client);
            while (!join(link)) {
                close(link.behind);
                awaitSpeech();
                link = new Link(client);
            }
            link.forward();
        } catch (IOException | InterruptedException refused) {
            close(client);
        }
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is of no use any more either way
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        keepAlives.shutdownNow();
        links.forEach(Link::end);
        speakAgain();
    }

    /** A client's connection and the one that was opened for it. */
    private final class Link {

        private final Socket client;
        private final Socket behind;
        private volatile boolean lost;
        private volatile boolean keptAlive;

        private Link(Socket client) throws IOException {
            this.client = client;
            this.behind = new Socket(InetAddress.getLoopbackAddress(), server);
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
        }

        private void forward() {
            daemon(() -> pass(behind, client), "proxy-back").start();
            pass(client, behind);
        }

        private void pass(Socket from, Socket to) {
            byte[] bytes = new byte[16_384];
            try {
                int read = from.getInputStream().read(bytes);
                for (int chunk = 0; read >= 0; chunk++) {
                    if (!lost) {
                        if (from == client && chunk < FIRST_CHUNKS) {
                            keptAlive |= new String(bytes, 0, read, StandardCharsets.ISO_8859_1)
                                    .contains(ASKS_FOR_KEEP_ALIVES);
                        }
                        to.getOutputStream().write(bytes, 0, read);
                    }
                    read = from.getInputStream().read(bytes);
                }
            } catch (IOException ended) {
                // by one of both, or by a keep-alive
            }
            if (lost) {
                Proxy.close(from);
            } else {
                end();
            }
        }

        /** @return whether it was not lost before */
        private boolean lose() {
            if (lost) {
                return false;
            }
            lost = true;
            Duration patience = keptAlive ? KEEP_ALIVE : SERVER_PATIENCE;
            keepAlives.schedule(() -> Proxy.close(behind), patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        }

        private void end() {
            links.remove(this);
            Proxy.close(client);
            Proxy.close(behind);
        }
    }
}
