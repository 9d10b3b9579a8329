package io.streamviews.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** A document that is being read: a parser, and the bytes behind it, from which a value can be taken exactly as it stands. */
final class JsonText implements AutoCloseable {

    /**
     * Members' names are data here, such as the keys of a map, so they are not made the process's. Numbers are bounded by
     * those who read them: of others the digits are not looked at.
     */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final int SHOWN = 60;

    private final byte[] bytes;
    private final int from;
    private final int end;
    private final JsonParser json;

    JsonText(byte[] bytes, int from, int end) throws IOException {
        this.bytes = bytes;
        this.from = from;
        this.end = end;
        this.json = JSON.createParser(bytes, from, end - from);
    }

    JsonParser json() {
        return json;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Where the value begins at which the parser stands. */
    int start() {
        return at(json.currentTokenLocation().getByteOffset());
    }

    /** Where the parser has read to. */
    int position() throws IOException {
        json.finishToken();
        return at(json.currentLocation().getByteOffset());
    }

    private int at(long offset) {
        if (offset < 0) {
            throw new MalformedRecordException("Not JSON in UTF-8");
        }
        return from + (int) offset;
    }

    /** The value at which the parser stands, with all its digits; the parser stands at its end then. */
    String document() throws IOException {
        int start = start();
        json.skipChildren();
        return checked(bytes, start, position());
    }

    /** The beginning of the scalar at which the parser stands. */
    String beginning() throws IOException {
        String text = beginning(json.getText());
        return json.currentToken() == JsonToken.VALUE_STRING ? '"' + text + '"' : text;
    }

    /** The beginning of the value that begins there, and perhaps of what follows it. */
    String beginning(int start) {
        return beginning(new String(bytes, start, Math.min(end - start, SHOWN * 4), UTF_8));
    }

    static String beginning(String text) {
        if (text.length() <= SHOWN) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN) + "…";
    }

    /** A text as JSON. */
    static String document(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        try (JsonText document = new JsonText(bytes, 0, bytes.length)) {
            if (document.json.nextToken() != null) {
                String whole = document.document();
                if (document.json.nextToken() == null) {
                    return whole;
                }
            }
        } catch (IOException e) {
            // told below
        }
        throw new Unfit("JSON");
    }

    /** @throws Unfit if PostgreSQL would not take it for a document */
    private static String checked(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] == '\\') {
                i++;
                if (bytes[i] == 'u') {
                    i = checkedEscape(bytes, i);
                }
            }
        }
        String text = new String(bytes, start, end - start, UTF_8);
        if (text.indexOf('\ufffd') >= 0) {
            try {
                UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, end - start));
            } catch (CharacterCodingException e) {
                throw new Unfit("JSON in UTF-8");
            }
        }
        return text;
    }

    private static int checkedEscape(byte[] bytes, int at) {
        int unit = unit(bytes, at);
        if (unit == 0) {
            throw new Unfit("a document without the character U+0000");
        }
        if (!Character.isSurrogate((char) unit)) {
            return at + 4;
        }
        if (Character.isHighSurrogate((char) unit)
                && bytes[at + 5] == '\\'
                && bytes[at + 6] == 'u'
                && Character.isLowSurrogate((char) unit(bytes, at + 6))) {
            return at + 10;
        }
        throw new Unfit("a document without an unpaired surrogate");
    }

    private static int unit(byte[] bytes, int at) {
        return Integer.parseInt(new String(bytes, at + 1, 4, UTF_8), 16);
    }

    @Override
    public void close() throws IOException {
        json.close();
    }
}
