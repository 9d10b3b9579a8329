package io.streamviews.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Sends any bytes to a port and reads the first answer, on a connection of its own. */
final class RawClient {

    private static final int PATIENCE_MS = 20_000;
    private static final int MOST_BYTES = 1 << 20;

    private final int port;

    RawClient(int port) {
        this.port = port;
    }

    Answer send(byte[] request, boolean head) {
        long start = System.nanoTime();
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.setTcpNoDelay(true);
            write(socket, request);
            return read(new BufferedInputStream(socket.getInputStream()), head, start);
        } catch (IOException e) {
            return new Answer(0, Map.of(), "", since(start), e.toString());
        }
    }

    /** What is long may be answered before all of it has been written. */
    private static void write(Socket socket, byte[] request) throws IOException {
        if (request.length <= 1 << 15) {
            socket.getOutputStream().write(request);
            return;
        }
        Thread writer = new Thread(() -> {
            try {
                socket.getOutputStream().write(request);
            } catch (IOException hungUp) {
                // The answer, or that there is none, says it.
            }
        });
        writer.setDaemon(true);
        writer.start();
    }

    private static Answer read(InputStream in, boolean head, long start) throws IOException {
        int status;
        Map<String, String> headers;
        do {
            status = status(line(in));
            headers = headers(in);
        } while (status < 200);
        String trouble = null;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            if (!head && status != 204 && status != 304 && !isFeed(headers)) {
                body(in, headers, body);
            }
        } catch (IOException e) {
            trouble = "the body breaks off: " + e;
        }
        return new Answer(status, headers, body.toString(UTF_8), since(start), trouble);
    }

    private static boolean isFeed(Map<String, String> headers) {
        return headers.getOrDefault("content-type", "").startsWith("text/event-stream");
    }

    private static void body(InputStream in, Map<String, String> headers, ByteArrayOutputStream body)
            throws IOException {
        if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            for (int size = chunk(in); size > 0 && body.size() < MOST_BYTES; size = chunk(in)) {
                body.writeBytes(exactly(in, size));
                line(in);
            }
        } else if (headers.containsKey("content-length")) {
            body.writeBytes(exactly(in, Integer.parseInt(headers.get("content-length"))));
        } else {
            body.writeBytes(in.readNBytes(MOST_BYTES));
        }
    }

    private static int chunk(InputStream in) throws IOException {
        return Integer.parseInt(line(in), 16);
    }

    private static byte[] exactly(InputStream in, int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("%d bytes of %d".formatted(bytes.length, size));
        }
        return bytes;
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] \\d{3}.*")) {
            throw new IOException("no status line: " + Request.printable(line, 80));
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed without an answer");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(ISO_8859_1);
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
