package io.streamviews.user.bulk;

import io.streamviews.rest.RefusedException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates a stream of one gzip member (RFC 1952), no more at a time than is asked for: a kilobyte may be a megabyte. What
 * the member says of its sum and length is compared.
 */
final class Gunzip {

    private static final int TRAILER_BYTES = 8;

    private final GzipHeader header = new GzipHeader();
    private final Inflater inflater = new Inflater(true);
    private final CRC32 sum = new CRC32();
    private byte[] input = {};
    private long trailer;
    private int trailerBytes;

    /** To be given when {@link #inflate} has said that nothing is left of the former ones. */
    void add(byte[] compressed) {
        input = compressed;
        int from = header.pass(compressed);
        if (inflater.finished()) {
            keepTrailer(from);
        } else {
            inflater.setInput(compressed, from, compressed.length - from);
        }
    }

    /**
     * @return how many bytes; 0: there are none before more is added
     * @throws RefusedException if the stream is not gzip
     */
    int inflate(byte[] into) {
        if (inflater.finished()) {
            return 0;
        }
        try {
            int length = inflater.inflate(into);
            sum.update(into, 0, length);
            if (inflater.finished()) {
                keepTrailer(input.length - inflater.getRemaining());
            }
            return length;
        } catch (DataFormatException e) {
            throw notGzip(e.getMessage());
        }
    }

    /** @throws RefusedException if the stream breaks off, or has more than one member */
    void end() {
        if (!inflater.finished()
                || trailerBytes != TRAILER_BYTES
                || (int) trailer != (int) sum.getValue()
                || (int) (trailer >>> 32) != (int) inflater.getBytesWritten()) {
            throw RefusedException.violation("body", "is not one whole gzip member");
        }
    }

    void close() {
        inflater.end();
    }

    private void keepTrailer(int from) {
        for (int i = from; i < input.length && trailerBytes <= TRAILER_BYTES; i++) {
            trailer |= (input[i] & 0xffL) << 8 * (trailerBytes % TRAILER_BYTES);
            trailerBytes++;
        }
    }

    static RefusedException notGzip(String why) {
        return RefusedException.violation("body", "is not gzip: " + why);
    }
}
