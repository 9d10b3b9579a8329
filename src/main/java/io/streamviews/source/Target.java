package io.streamviews.source;

/**
 * Where a value goes.
 *
 * @param slot among what is found in a record
 * @param name what it is called in front of people
 * @param from where it is looked for
 */
record Target(int slot, String name, Location from, ColumnType type) {

    Target readAs(Encoding as) {
        return new Target(slot, name, from, type.readAs(as));
    }

    /** The value of a text, such as a header's; null if there is none. */
    Object parse(String text, boolean lenient) {
        if (text == null) {
            return null;
        }
        try {
            return type.parse(text);
        } catch (Unfit e) {
            if (lenient) {
                return null;
            }
            throw unfit(e, '"' + JsonText.beginning(text) + '"');
        }
    }

    MalformedRecordException unfit(Unfit reason, String found) {
        return new MalformedRecordException(
                "%s: expected %s at %s, found %s".formatted(name, reason.getMessage(), from, found));
    }
}
