package io.streamviews.feed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients that ask for a feed and never read a byte of it. */
final class SilentFeeds implements AutoCloseable {

    private static final int RECEIVE_BUFFER = 4_096;

    private final List<Socket> sockets = new ArrayList<>();

    void open(URI feed, int count) {
        for (int i = 0; i < count; i++) {
            sockets.add(open(feed, "127.0.0.1"));
        }
    }

    /** From one of this machine's own addresses. */
    Socket openFrom(String address, URI feed) {
        Socket socket = open(feed, address);
        sockets.add(socket);
        return socket;
    }

    private static Socket open(URI feed, String address) {
        Socket socket = new Socket();
        try {
            socket.setReceiveBufferSize(RECEIVE_BUFFER);
            socket.bind(new InetSocketAddress(address, 0));
            socket.connect(new InetSocketAddress(feed.getHost(), feed.getPort()));
            String path = feed.getRawPath() + (feed.getRawQuery() == null ? "" : "?" + feed.getRawQuery());
            socket.getOutputStream()
                    .write("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n"
                            .formatted(path, feed.getHost())
                            .getBytes(StandardCharsets.US_ASCII));
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        sockets.forEach(socket -> {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
