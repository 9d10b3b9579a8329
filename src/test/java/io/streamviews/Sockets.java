package io.streamviews;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients of a process that speak HTTP, or something like it, themselves. */
public final class Sockets implements AutoCloseable {

    private final SmallProcess process;
    private final List<Socket> all = new ArrayList<>();

    public Sockets(SmallProcess process) {
        this.process = process;
    }

    public Socket connect(String head) {
        Socket socket = process.connect(head);
        all.add(socket);
        return socket;
    }

    public Socket connectFrom(String address, String head) {
        Socket socket = process.connectFrom(address, head);
        all.add(socket);
        return socket;
    }

    public List<Socket> all() {
        return all;
    }

    /** How many have been closed by the process. */
    public long closed() {
        return all.stream().filter(Sockets::isClosed).count();
    }

    @Override
    public void close() {
        try {
            for (Socket socket : all) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        all.clear();
    }

    /** A client that is refused and cut before it has sent the whole stops, as any would. */
    public static void sendUnlessCut(Socket client, String rest) {
        try {
            client.getOutputStream().write(rest.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException cut) {
            // what it was told is there to be read
        }
    }

    public static boolean isCutWhenItSendsOn(Socket client) {
        try {
            client.getOutputStream().write('G');
            return false;
        } catch (IOException cut) {
            return true;
        }
    }

    /** Whether there is something to read; it does not wait for that. */
    public static boolean isAnswered(Socket client) {
        try {
            return client.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String firstLine(Socket client) {
        try {
            StringBuilder line = new StringBuilder();
            for (int next = client.getInputStream().read();
                    next > 0 && next != '\n';
                    next = client.getInputStream().read()) {
                line.append((char) next);
            }
            return line.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not if it is cut before it has read the answer. */
    public static boolean isTold(Socket client, String status) {
        try {
            return firstLine(client).contains(status);
        } catch (UncheckedIOException cut) {
            return false;
        }
    }

    /** What comes before the end, whichever kind it is; read in pieces with pauses between them. */
    public static long bytesToTheEnd(Socket client, int piece, long pauseMs) {
        long all = 0;
        byte[] bytes = new byte[piece];
        try {
            for (int n = client.getInputStream().read(bytes);
                    n > 0;
                    n = client.getInputStream().read(bytes)) {
                all += n;
                Thread.sleep(pauseMs);
            }
        } catch (SocketTimeoutException open) {
            throw new AssertionError("It is not cut", open);
        } catch (IOException reset) {
            // as good as an end
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return all;
    }

    private static boolean isClosed(Socket client) {
        try {
            client.setSoTimeout(1);
            return client.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }
}
