package io.streamviews.user.bulk;

/** Passes over the header of a gzip member (RFC 1952, 2.3), however it is cut into pieces; keeps nothing of it. */
final class GzipHeader {

    private static final int[] START = {0x1f, 0x8b, 8};
    private static final int FLAGS_AT = 3;
    private static final int FIXED_LENGTH = 10;
    private static final int RESERVED = 0xe0;

    /** The header's parts in their order; all but the first and the last are there only if their flag says so. */
    private enum Part {
        FIXED(0),
        EXTRA_LENGTH(4),
        EXTRA(4),
        NAME(8),
        COMMENT(16),
        CHECKSUM(2),
        BODY(0);

        private final int flag;

        Part(int flag) {
            this.flag = flag;
        }
    }

    private Part part = Part.FIXED;
    private int count;
    private int flags;
    private int extraLength;

    /** @return where the body begins, or the length if that is not in these bytes */
    int pass(byte[] bytes) {
        int i = 0;
        while (part != Part.BODY && i < bytes.length) {
            take(bytes[i++] & 0xff);
        }
        return i;
    }

    private void take(int next) {
        boolean ended =
                switch (part) {
                    case FIXED -> fixed(next);
                    case EXTRA_LENGTH -> {
                        extraLength |= next << 8 * count;
                        yield ++count == 2;
                    }
                    case EXTRA -> ++count == extraLength;
                    case CHECKSUM -> ++count == 2;
                    default -> next == 0;
                };
        if (ended) {
            count = 0;
            do {
                part = Part.values()[part.ordinal() + 1];
            } while (part != Part.BODY && ((flags & part.flag) == 0 || part == Part.EXTRA && extraLength == 0));
        }
    }

    private boolean fixed(int next) {
        if (count < START.length && next != START[count]) {
            throw Gunzip.notGzip("its header is another one");
        }
        if (count == FLAGS_AT) {
            flags = next;
            if ((flags & RESERVED) != 0) {
                throw Gunzip.notGzip("its header has unknown flags");
            }
        }
        return ++count == FIXED_LENGTH;
    }
}
