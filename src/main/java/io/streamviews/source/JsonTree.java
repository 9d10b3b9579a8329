package io.streamviews.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the values of many JSON Pointers in one pass over a document, without a tree of it in memory. What no pointer names
 * is skipped, but it must be JSON.
 */
final class JsonTree {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int SHOWN = 60;

    private final Node root = new Node();

    private static final class Node {
        private final Map<String, Node> members = new HashMap<>();
        private final List<Target> targets = new ArrayList<>(1);
        private boolean isArray;

        private Node at(String part) {
            isArray |= part.matches("0|[1-9]\\d*");
            return members.computeIfAbsent(part, name -> new Node());
        }
    }

    /** Where a value goes. */
    record Target(int slot, String name, Location from, ColumnType type) {}

    /** Has the value at a pointer be read into a slot. */
    void add(Target target) {
        Node node = root;
        for (String part : target.from().path()) {
            node = node.at(part);
        }
        node.targets.add(target);
    }

    boolean isEmpty() {
        return root.members.isEmpty() && root.targets.isEmpty();
    }

    /**
     * Fills the slots of what is there; those of absent values stay null.
     *
     * @param lenient whether values that do not fit are left out rather than refused
     * @throws MalformedRecordException if it is not one JSON document, or a value does not fit
     */
    void read(byte[] document, Object[] slots, boolean lenient) {
        try (JsonParser json = JSON.createParser(document)) {
            if (json.nextToken() == null) {
                throw new MalformedRecordException("Expected JSON, found nothing");
            }
            read(json, root, slots, lenient);
            if (json.nextToken() != null) {
                throw new MalformedRecordException("Expected one JSON document, found more behind it");
            }
        } catch (JsonProcessingException e) {
            throw new MalformedRecordException("Not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new MalformedRecordException("Not JSON in UTF-8: " + e.getMessage(), e);
        }
    }

    private void read(JsonParser json, Node node, Object[] slots, boolean lenient) throws IOException {
        if (!node.targets.isEmpty()) {
            if (node.members.isEmpty() && node.targets.size() == 1) {
                slots[node.targets.get(0).slot()] = value(json, node.targets.get(0), lenient);
            } else {
                again(Values.document(json), node, slots, lenient);
            }
            return;
        }
        if (json.currentToken() == JsonToken.START_OBJECT) {
            while (json.nextToken() != JsonToken.END_OBJECT) {
                Node member = node.members.get(json.currentName());
                json.nextToken();
                if (member == null) {
                    json.skipChildren();
                } else {
                    read(json, member, slots, lenient);
                }
            }
        } else if (json.currentToken() == JsonToken.START_ARRAY && node.isArray) {
            for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
                Node element = node.members.get(Integer.toString(i));
                if (element == null) {
                    json.skipChildren();
                } else {
                    read(json, element, slots, lenient);
                }
            }
        } else {
            json.skipChildren();
        }
    }

    /** What several are read from, or the whole and parts of it, is read several times. */
    private void again(String text, Node node, Object[] slots, boolean lenient) throws IOException {
        for (Target target : node.targets) {
            try (JsonParser json = JSON.createParser(text)) {
                json.nextToken();
                slots[target.slot()] = value(json, target, lenient);
            }
        }
        Node parts = new Node();
        parts.members.putAll(node.members);
        parts.isArray = node.isArray;
        try (JsonParser json = JSON.createParser(text)) {
            json.nextToken();
            read(json, parts, slots, lenient);
        }
    }

    private static Object value(JsonParser json, Target target, boolean lenient) throws IOException {
        boolean isStructure = json.currentToken().isStructStart();
        int depth = json.getParsingContext().getNestingDepth() - (isStructure ? 1 : 0);
        String scalar = isStructure ? json.currentToken().asString() + "…" : null;
        try {
            return target.type().read(json);
        } catch (Unfit e) {
            if (!lenient) {
                throw unfit(target, e, scalar == null ? found(json) : scalar);
            }
            while (json.getParsingContext().getNestingDepth() > depth) {
                json.nextToken();
            }
            return null;
        }
    }

    private static String found(JsonParser json) throws IOException {
        return json.currentToken() == JsonToken.VALUE_STRING
                ? '"' + beginning(json.getText()) + '"'
                : beginning(json.getText());
    }

    static MalformedRecordException unfit(Target target, Unfit reason, String found) {
        return new MalformedRecordException(
                "%s: expected %s at %s, found %s".formatted(target.name(), reason.getMessage(), target.from(), found));
    }

    static String beginning(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
