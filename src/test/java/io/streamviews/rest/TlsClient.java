package io.streamviews.rest;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.streamviews.Certificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Speaks HTTP over TLS as badly as a test wants: leaves answers unread, and heads unfinished. */
final class TlsClient {

    private final Certificate certificate;

    TlsClient(Certificate certificate) {
        this.certificate = certificate;
    }

    /** After its handshake; its buffers are small. */
    SSLSocket connect(int port) {
        try {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(4_096);
            socket.setSoTimeout(30_000);
            socket.connect(new InetSocketAddress("localhost", port));
            SSLSocket tls =
                    (SSLSocket) certificate.trusting().getSocketFactory().createSocket(socket, "localhost", port, true);
            tls.startHandshake();
            return tls;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whose certificate a port has. */
    String subject(int port) {
        try (Socket plain = new Socket("localhost", port);
                SSLSocket tls =
                        (SSLSocket) trustingAll().getSocketFactory().createSocket(plain, "localhost", port, true)) {
            return ((X509Certificate) tls.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SSLContext trustingAll() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether nothing comes any more, within the socket's patience. */
    static boolean isEnded(Socket socket) {
        return bytesToTheEnd(socket) >= 0;
    }

    /** Negative if it has no end, within the socket's patience. */
    static long bytesToTheEnd(Socket socket) {
        long all = 0;
        byte[] bytes = new byte[65_536];
        try {
            for (int n = socket.getInputStream().read(bytes);
                    n >= 0;
                    n = socket.getInputStream().read(bytes)) {
                all += n;
            }
        } catch (SocketTimeoutException open) {
            return -1;
        } catch (IOException reset) {
            // as good as an end
        }
        return all;
    }
}
