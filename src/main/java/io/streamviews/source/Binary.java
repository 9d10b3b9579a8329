package io.streamviews.source;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.HexFormat;

/** What is bytes in truth, read from the texts that stand for them. */
final class Binary {

    private static final String PREFIX = "\\x";
    private static final int MOST_DECIMAL_BYTES = 420;

    private Binary() {}

    /** In PostgreSQL's own notation. */
    static Object base64(String text, boolean bare) {
        return PREFIX + HexFormat.of().formatHex(decode(text));
    }

    /** In PostgreSQL's own notation. */
    static Object hex(String text, boolean bare) {
        try {
            return PREFIX
                    + HexFormat.of()
                            .formatHex(HexFormat.of().parseHex(text, text.startsWith(PREFIX) ? 2 : 0, text.length()));
        } catch (IllegalArgumentException e) {
            throw new Unfit("bytes in hexadecimal");
        }
    }

    /** What is in PostgreSQL's notation, in Base64. */
    static String toBase64(String bytea) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(bytea, PREFIX.length(), bytea.length()));
    }

    /** The text of a decimal. */
    static Parsing decimal(int scale) {
        return (text, bare) -> decimal(text, scale);
    }

    static String decimal(String unscaled, int scale) {
        byte[] bytes = decode(unscaled);
        if (bytes.length == 0 || bytes.length > MOST_DECIMAL_BYTES || Math.abs((long) scale) > Numbers.MAX_SCALE) {
            throw new Unfit("a decimal of at most %d digits in Base64".formatted(Numbers.MAX_DIGITS));
        }
        return new BigDecimal(new BigInteger(bytes), scale).toPlainString();
    }

    /** The text of a bit string. */
    static Parsing bits(int length) {
        return (text, bare) -> {
            byte[] bytes = decode(text);
            int count = length < 0 ? bytes.length * 8 : length;
            StringBuilder bits = new StringBuilder(count);
            for (int i = count - 1; i >= 0; i--) {
                bits.append(i / 8 < bytes.length && (bytes[i / 8] >> i % 8 & 1) == 1 ? '1' : '0');
            }
            return bits.toString();
        };
    }

    /** @throws Unfit if it is no Base64 */
    static byte[] decode(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new Unfit("bytes in Base64");
        }
    }
}
