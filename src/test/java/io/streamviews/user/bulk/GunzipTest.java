package io.streamviews.user.bulk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamviews.rest.RefusedException;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** One whole gzip member, however it is cut into pieces and whatever its header has, and nothing else. */
class GunzipTest {

    private static final int FIXED_HEADER = 10;
    private static final String TEXT = "one\ntwo\nthree\n".repeat(1_000);

    @Test
    void aMemberIsReadWhateverItsPieces() {
        assertThat(inflate(gzip(), 1)).isEqualTo(TEXT);
        assertThat(inflate(gzip(), 1_000_000)).isEqualTo(TEXT);
    }

    @Test
    void everyOptionalPartOfTheHeaderIsPassedOver() {
        byte[] extra = {3, 0, 'a', 0, 'b'};
        assertThat(inflate(withHeader(4, extra), 1)).isEqualTo(TEXT);
        assertThat(inflate(withHeader(4, new byte[] {0, 0}), 1)).isEqualTo(TEXT);
        assertThat(inflate(withHeader(8, "name\0".getBytes(US_ASCII)), 3)).isEqualTo(TEXT);
        byte[] all = {1, 0, 'x', 'n', 0, 'c', 'c', 0, 1, 2};
        assertThat(inflate(withHeader(4 | 8 | 16 | 2, all), 1)).isEqualTo(TEXT);
        assertThat(inflate(withHeader(4 | 8 | 16 | 2, all), 1_000_000)).isEqualTo(TEXT);
    }

    @Test
    void whatIsNotOneWholeMemberIsRefused() {
        byte[] whole = gzip();
        byte[] otherSum = whole.clone();
        otherSum[whole.length - 8]++;
        byte[] otherLength = whole.clone();
        otherLength[whole.length - 1]++;

        assertRefused(Arrays.copyOf(whole, whole.length - 1), "is not one whole gzip member");
        assertRefused(Arrays.copyOf(whole, whole.length + 1), "is not one whole gzip member");
        assertRefused(otherSum, "is not one whole gzip member");
        assertRefused(otherLength, "is not one whole gzip member");
        assertRefused(new byte[0], "is not one whole gzip member");
        assertRefused("no gzip at all".getBytes(US_ASCII), "is not gzip");
        assertRefused(withHeader(0x20, new byte[0]), "is not gzip");
    }

    private static void assertRefused(byte[] bytes, String why) {
        assertThatThrownBy(() -> inflate(bytes, 7))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(why);
    }

    private static String inflate(byte[] bytes, int pieceBytes) {
        BulkBody body = new BulkBody(true, Duration.ZERO);
        ByteArrayOutputStream inflated = new ByteArrayOutputStream();
        for (int i = 0; i < bytes.length; i += pieceBytes) {
            body.add(Buffer.buffer(Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + pieceBytes))));
            for (byte[] slice = body.next(); slice != null; slice = body.next()) {
                inflated.writeBytes(slice);
            }
        }
        body.end();
        return inflated.toString(US_ASCII);
    }

    private static byte[] withHeader(int flags, byte[] parts) {
        byte[] plain = gzip();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(plain, 0, FIXED_HEADER);
        bytes.writeBytes(parts);
        bytes.write(plain, FIXED_HEADER, plain.length - FIXED_HEADER);
        byte[] all = bytes.toByteArray();
        all[3] = (byte) flags;
        return all;
    }

    private static byte[] gzip() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(TEXT.getBytes(US_ASCII));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }
}
