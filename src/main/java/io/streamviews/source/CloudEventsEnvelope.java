package io.streamviews.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.source.Location.Part;
import java.util.List;
import org.apache.kafka.common.header.Header;

/**
 * A CloudEvent: in binary mode its attributes are headers and the value is its data; in structured mode the value is all of
 * it, as JSON. See the Kafka protocol binding of CloudEvents 1.0, section 3.
 */
final class CloudEventsEnvelope implements Envelope {

    private static final String PREFIX = "ce_";
    private static final String CONTENT_TYPE = "content-type";
    private static final String STRUCTURED = "application/cloudevents";
    private static final String STRUCTURED_JSON = STRUCTURED + "+json";
    private static final List<String> DATA = List.of("data");

    private final Slots slots;
    private final List<Target> attributes;
    private final JsonTree structured = new JsonTree();
    private final JsonTree data = new JsonTree();
    private final int specVersion;
    private final int encoded;

    CloudEventsEnvelope(Slots slots) {
        this.slots = slots;
        this.specVersion =
                slots.add("the specification's version", Location.at(Part.ATTRIBUTE, "specversion"), ColumnType.LABEL);
        this.encoded = slots.spares(1);
        this.attributes = slots.in(Part.ATTRIBUTE);
        attributes.forEach(structured::add);
        structured.add(new Target(
                encoded, slots.table() + ": the data", Location.at(Part.VALUE, "data_base64"), ColumnType.LABEL));
        for (Target target : slots.in(Part.VALUE)) {
            structured.add(DATA, target);
            data.add(target);
        }
    }

    @Override
    public void read(Message message, Object[] found, boolean lenient) {
        if (message.headers().lastHeader(PREFIX + "specversion") != null) {
            for (Target target : attributes) {
                found[target.slot()] = target.parse(header(message, target), lenient);
            }
            data.read(message.value(), found, lenient);
            return;
        }
        String type = header(message, CONTENT_TYPE);
        if (type != null && type.startsWith(STRUCTURED) && !type.startsWith(STRUCTURED_JSON)) {
            throw slots.malformed(
                    "expected content-type %s, found \"%s\"".formatted(STRUCTURED_JSON, JsonText.beginning(type)));
        }
        structured.read(message.value(), found, lenient);
        if (found[encoded] instanceof String base64) {
            data.read(decode(base64), found, lenient);
        }
    }

    private byte[] decode(String base64) {
        try {
            return Binary.decode(base64);
        } catch (Unfit e) {
            throw slots.malformed(
                    "expected %s at data_base64, found \"%s\"".formatted(e.getMessage(), JsonText.beginning(base64)));
        }
    }

    private static String header(Message message, Target attribute) {
        String name = attribute.from().path().get(0);
        return header(message, name.equals("datacontenttype") ? CONTENT_TYPE : PREFIX + name);
    }

    private static String header(Message message, String name) {
        Header header = message.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }

    @Override
    public boolean isDeletion(Object[] found) {
        if (!(found[specVersion] instanceof String version) || !version.startsWith("1.")) {
            throw slots.malformed("expected a CloudEvent of version 1.x at ce/specversion, found %s"
                    .formatted(
                            found[specVersion] == null
                                    ? "nothing"
                                    : '"' + JsonText.beginning(found[specVersion].toString()) + '"'));
        }
        return false;
    }
}
