package io.streamviews.user;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.JdkZlibDecoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Inflates a stream of one gzip member piece by piece, by Netty's decoder; a piece inflates to a thousand times its size at
 * most. The decoder ignores whatever follows the member, so the length that ends the stream (RFC 1952) is compared.
 */
final class Gunzip {

    private final JdkZlibDecoder decoder = new JdkZlibDecoder(ZlibWrapper.GZIP, 0);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);
    private final Consumer<Buffer> inflated;
    private int length;
    private int lastFourBytes;

    Gunzip(Consumer<Buffer> inflated) {
        this.inflated = inflated;
    }

    /** @throws RefusedException if the stream is not gzip */
    void add(Buffer piece) {
        byte[] compressed = piece.getBytes();
        for (int i = Math.max(0, compressed.length - 4); i < compressed.length; i++) {
            lastFourBytes = lastFourBytes >>> 8 | compressed[i] << 24;
        }
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(compressed));
        } catch (DecompressionException e) {
            throw RefusedException.violation("body", "is not gzip: " + e.getMessage());
        }
        for (ByteBuf bytes = channel.readInbound(); bytes != null; bytes = channel.readInbound()) {
            length += bytes.readableBytes();
            try {
                inflated.accept(Buffer.buffer(ByteBufUtil.getBytes(bytes)));
            } finally {
                bytes.release();
            }
        }
    }

    /** @throws RefusedException if the stream breaks off, or has more than one member */
    void end() {
        if (!decoder.isClosed() || length != lastFourBytes) {
            throw RefusedException.violation("body", "is not one whole gzip member");
        }
    }

    void close() {
        try {
            channel.finishAndReleaseAll();
        } catch (DecompressionException e) {
            // Of a stream that is not gzip the decoder says so again.
        }
    }
}
