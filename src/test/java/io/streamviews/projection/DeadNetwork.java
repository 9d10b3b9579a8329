package io.streamviews.projection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way to a server on this machine that can fail as networks do: everything is swallowed, and nobody is told. Connections
 * that were open by then stay so and are never heard of again; those of meanwhile have to wait.
 */
public final class DeadNetwork implements AutoCloseable {

    private final ServerSocket entrance;
    private final int server;
    private final Map<Socket, Integer> clients = new ConcurrentHashMap<>();
    private final Set<Socket> behind = ConcurrentHashMap.newKeySet();
    private int deaths;
    private boolean dead;

    public DeadNetwork(int server) throws IOException {
        this.server = server;
        this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return entrance.getLocalPort();
    }

    public synchronized void die() {
        dead = true;
        deaths++;
    }

    public synchronized void revive() {
        dead = false;
        notifyAll();
    }

    /** How many connections of before the last death their clients still hold. */
    public long lost() {
        int now = deaths();
        return clients.values().stream().filter(born -> born < now).count();
    }

    /** How many connections clients hold. */
    public int held() {
        return clients.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = entrance.accept();
                Socket other = new Socket(InetAddress.getLoopbackAddress(), server);
                int born = deaths();
                clients.put(client, born);
                behind.add(other);
                start(() -> forward(client, other, born));
                start(() -> forward(other, client, born));
            }
        } catch (IOException closed) {
            clients.keySet().forEach(DeadNetwork::close);
            behind.forEach(DeadNetwork::close);
        }
    }

    private void forward(Socket from, Socket to, int born) {
        byte[] bytes = new byte[8192];
        try {
            for (int read = 0; read >= 0; read = from.getInputStream().read(bytes)) {
                if (passes(born)) {
                    to.getOutputStream().write(bytes, 0, read);
                }
            }
        } catch (IOException ended) {
            // as if it had been closed
        }
        clients.remove(from);
        close(from);
        if (passes(born)) {
            close(to);
        }
    }

    private synchronized int deaths() {
        return deaths;
    }

    private synchronized boolean passes(int born) {
        while (dead && born == deaths) {
            try {
                wait();
            } catch (InterruptedException e) {
                return false;
            }
        }
        return born == deaths;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "dead-network");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        revive();
        entrance.close();
    }
}
