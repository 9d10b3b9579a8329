package io.streamviews.source;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads the values of many JSON Pointers in one pass over a document, without a tree of it in memory. What no pointer names
 * is skipped, but it must be JSON. Immutable once it is used.
 */
final class JsonTree {

    private static final Pattern INDEX = Pattern.compile("0|[1-9]\\d{0,8}");

    private final Node root = new Node();

    private static final class Node {
        private final Map<String, Node> members = new HashMap<>();
        private final List<Target> targets = new ArrayList<>(1);
        private boolean isArray;

        private Node at(String part) {
            isArray |= INDEX.matcher(part).matches();
            return members.computeIfAbsent(part, name -> new Node());
        }
    }

    /** Has the value be read that stands where a target says. */
    void add(Target target) {
        add(List.of(), target);
    }

    /** Has the value be read that stands where a target says, from a place on. */
    void add(List<String> root, Target target) {
        Node node = this.root;
        for (String part : root) {
            node = node.at(part);
        }
        for (String part : target.from().path()) {
            node = node.at(part);
        }
        node.targets.add(target);
    }

    void read(byte[] document, Object[] slots, boolean lenient) {
        read(document, 0, document.length, slots, lenient);
    }

    /**
     * Fills the slots of what is there; those of absent values stay null.
     *
     * @param lenient whether values that do not fit are left out rather than refused
     * @throws MalformedRecordException if it is not one JSON document, or a value does not fit
     */
    void read(byte[] bytes, int from, int end, Object[] slots, boolean lenient) {
        try (JsonText document = new JsonText(bytes, from, end)) {
            JsonParser json = document.json();
            if (json.nextToken() == null) {
                throw new MalformedRecordException("Expected JSON, found nothing");
            }
            read(document, root, slots, lenient);
            if (json.nextToken() != null) {
                throw new MalformedRecordException("Expected one JSON document, found more behind it");
            }
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    static MalformedRecordException malformed(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return new MalformedRecordException(
                    "JSON beyond what is read: " + ((JsonProcessingException) e).getOriginalMessage(), e);
        }
        return e instanceof JsonProcessingException json
                ? new MalformedRecordException("Not JSON: " + json.getOriginalMessage(), e)
                : new MalformedRecordException("Not JSON in UTF-8: " + e.getMessage(), e);
    }

    private static void read(JsonText document, Node node, Object[] slots, boolean lenient) throws IOException {
        JsonParser json = document.json();
        if (!node.targets.isEmpty()) {
            values(document, node, slots, lenient);
        } else if (json.currentToken() == JsonToken.START_OBJECT) {
            members(document, node, slots, lenient);
        } else if (json.currentToken() == JsonToken.START_ARRAY && node.isArray) {
            for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
                Node element = node.members.get(Integer.toString(i));
                if (element == null) {
                    json.skipChildren();
                } else {
                    read(document, element, slots, lenient);
                }
            }
        } else {
            json.skipChildren();
        }
    }

    private static void members(JsonText document, Node node, Object[] slots, boolean lenient) throws IOException {
        JsonParser json = document.json();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            Node member = node.members.get(name);
            json.nextToken();
            if (member == null) {
                json.skipChildren();
            } else {
                read(document, member, slots, lenient);
            }
        }
    }

    private static void values(JsonText document, Node node, Object[] slots, boolean lenient) throws IOException {
        JsonParser json = document.json();
        boolean isStructure = json.currentToken().isStructStart();
        if (!isStructure || node.members.isEmpty() && node.targets.size() == 1) {
            for (Target target : node.targets) {
                slots[target.slot()] = value(document, target, lenient);
            }
            return;
        }
        // What several are read from, or the whole and parts of it, is read several times.
        int start = document.start();
        json.skipChildren();
        int end = document.position();
        for (Target target : node.targets) {
            try (JsonText again = new JsonText(document.bytes(), start, end)) {
                again.json().nextToken();
                slots[target.slot()] = value(again, target, lenient);
            }
        }
        Node parts = new Node();
        parts.members.putAll(node.members);
        parts.isArray = node.isArray;
        try (JsonText again = new JsonText(document.bytes(), start, end)) {
            again.json().nextToken();
            read(again, parts, slots, lenient);
        }
    }

    private static Object value(JsonText document, Target target, boolean lenient) throws IOException {
        JsonParser json = document.json();
        JsonToken token = json.currentToken();
        if (!token.isStructStart()) {
            try {
                return target.type().read(document);
            } catch (Unfit e) {
                if (lenient) {
                    return null;
                }
                throw target.unfit(e, document.beginning());
            }
        }
        int depth = json.getParsingContext().getNestingDepth() - 1;
        int start = document.start();
        try {
            return target.type().read(document);
        } catch (Unfit e) {
            if (!lenient) {
                throw target.unfit(e, document.beginning(start));
            }
            while (json.getParsingContext().getNestingDepth() > depth) {
                json.nextToken();
            }
            return null;
        }
    }
}
