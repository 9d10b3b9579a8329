package io.streamviews.source;

import io.streamviews.source.Location.Part;

/** The value is the row; or it is the whole of an event of ours, with the row in it. */
final class BareEnvelope implements Envelope {

    private static final String CREATED = "_CREATED";
    private static final String UPDATED = "_UPDATED";
    private static final String DELETED = "_DELETED";

    private final Slots slots;
    private final JsonTree value = new JsonTree();
    private final int eventType;

    /** @param isEvent whether {@code eventType} says what became of the row */
    BareEnvelope(Slots slots, boolean isEvent) {
        this.slots = slots;
        this.eventType =
                isEvent ? slots.add("the event's type", Location.at(Part.VALUE, "eventType"), ColumnType.LABEL) : -1;
        slots.in(Part.VALUE).forEach(value::add);
    }

    @Override
    public void read(Message message, Object[] found, boolean lenient) {
        value.read(message.value(), found, lenient);
    }

    @Override
    public boolean isDeletion(Object[] found) {
        if (eventType < 0) {
            return false;
        }
        String type = found[eventType] instanceof String text ? text : "nothing";
        if (type.endsWith(DELETED)) {
            return true;
        }
        if (!type.endsWith(CREATED) && !type.endsWith(UPDATED)) {
            throw slots.malformed("expected a type that ends with %s, %s or %s at /eventType, found %s"
                    .formatted(CREATED, UPDATED, DELETED, JsonText.beginning(type)));
        }
        return false;
    }
}
