package io.streamviews.projection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way to a server on this machine that can fail as networks do: everything is swallowed, and nobody is told. Connections
 * that were open by then stay so and are never heard of again; those of meanwhile have to wait.
 */
final class DeadNetwork implements AutoCloseable {

    private final ServerSocket entrance;
    private final int server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private int deaths;
    private boolean dead;

    DeadNetwork(int server) throws IOException {
        this.server = server;
        this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return entrance.getLocalPort();
    }

    synchronized void die() {
        dead = true;
        deaths++;
    }

    synchronized void revive() {
        dead = false;
        notifyAll();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = entrance.accept();
                Socket behind = new Socket(InetAddress.getLoopbackAddress(), server);
                open.add(client);
                open.add(behind);
                int born = deaths();
                start(() -> forward(client, behind, born));
                start(() -> forward(behind, client, born));
            }
        } catch (IOException closed) {
            open.forEach(DeadNetwork::close);
        }
    }

    private void forward(Socket from, Socket to, int born) {
        byte[] bytes = new byte[8192];
        try {
            for (int read = 0; read >= 0; read = from.getInputStream().read(bytes)) {
                if (!passes(born)) {
                    return;
                }
                to.getOutputStream().write(bytes, 0, read);
            }
            if (passes(born)) {
                close(from);
                close(to);
            }
        } catch (IOException ended) {
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
