package io.streamviews.source;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Documents as Kafka Connect's JsonConverter writes them: with a schema, which says how values are written, or without one.
 * A schema stands in every record, so one that has been read is recognised by its bytes, of which the last few are kept in
 * mind. Safe for all threads.
 */
final class ConnectJson {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final byte[] SCHEMA = "\"schema\"".getBytes(US_ASCII);
    private static final byte[] PAYLOAD = "\"payload\"".getBytes(US_ASCII);
    private static final int MOST_KNOWN = 16;

    private final List<Placed> targets;
    private final JsonTree bare;
    private volatile Known[] known = {};

    /** A target, and the member that its place is relative to. */
    record Placed(List<String> root, Target target) {}

    /**
     * What a record begins with up to its payload, and what its schema makes of the targets.
     *
     * @param head is never changed
     */
    private record Known(byte[] head, JsonTree tree) {}

    ConnectJson(List<Placed> targets) {
        this.targets = List.copyOf(targets);
        this.bare = tree(null);
    }

    boolean isEmpty() {
        return targets.isEmpty();
    }

    /** As {@link JsonTree#read(byte[], Object[], boolean)}. */
    void read(byte[] document, Object[] slots, boolean lenient) {
        if (!hasSchema(document)) {
            bare.read(document, slots, lenient);
            return;
        }
        for (Known one : known) {
            byte[] head = one.head;
            if (head.length < document.length && Arrays.equals(head, 0, head.length, document, 0, head.length)) {
                one.tree.read(document, head.length, end(document), slots, lenient);
                return;
            }
        }
        learn(document, slots, lenient);
    }

    /** Whether its first member is a schema or a payload. */
    private static boolean hasSchema(byte[] document) {
        int at = skipBlanks(document, 0);
        if (at == document.length || document[at] != '{') {
            return false;
        }
        at = skipBlanks(document, at + 1);
        return begins(document, at, SCHEMA) || begins(document, at, PAYLOAD);
    }

    private static boolean begins(byte[] document, int at, byte[] with) {
        return document.length - at > with.length
                && Arrays.equals(document, at, at + with.length, with, 0, with.length);
    }

    private static int skipBlanks(byte[] document, int from) {
        int at = from;
        while (at < document.length && document[at] <= ' ' && document[at] >= 0) {
            at++;
        }
        return at;
    }

    /** Where the last member ends. */
    private static int end(byte[] document) {
        int end = document.length;
        while (end > 0 && document[end - 1] <= ' ' && document[end - 1] >= 0) {
            end--;
        }
        if (end == 0 || document[end - 1] != '}') {
            throw new MalformedRecordException("Not JSON: the object behind \"schema\" and \"payload\" does not end");
        }
        return end - 1;
    }

    private void learn(byte[] document, Object[] slots, boolean lenient) {
        JsonNode schema = null;
        int start = -1;
        int end = -1;
        boolean last = false;
        try (JsonText text = new JsonText(document, 0, document.length)) {
            JsonParser json = text.json();
            json.nextToken();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                last = name.equals("payload");
                if (last) {
                    start = text.start();
                    json.skipChildren();
                    end = text.position();
                } else if (name.equals("schema")) {
                    schema = MAPPER.readTree(json);
                } else {
                    json.skipChildren();
                }
            }
        } catch (IOException e) {
            throw JsonTree.malformed(e);
        }
        if (start < 0) {
            throw new MalformedRecordException("Expected a payload beside the schema at /payload, found nothing");
        }
        JsonTree tree = schema == null || schema.isNull() ? bare : tree(schema);
        if (last) {
            remember(new Known(Arrays.copyOf(document, start), tree));
        }
        tree.read(document, start, end, slots, lenient);
    }

    private synchronized void remember(Known one) {
        Known[] more = new Known[Math.min(known.length + 1, MOST_KNOWN)];
        more[0] = one;
        System.arraycopy(known, 0, more, 1, more.length - 1);
        known = more;
    }

    private JsonTree tree(JsonNode schema) {
        JsonTree tree = new JsonTree();
        for (Placed placed : targets) {
            Target target = placed.target();
            Encoding told = schema == null
                    ? null
                    : ConnectSchema.encoding(
                            schema, placed.root(), target.from().path());
            tree.add(placed.root(), told == null ? target : target.readAs(told));
        }
        return tree;
    }
}
