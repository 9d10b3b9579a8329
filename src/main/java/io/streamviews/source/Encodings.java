package io.streamviews.source;

/** What the types of columns take beside the way in which their values are usually written. */
final class Encodings {

    private Encodings() {}

    /** @throws WrongDeclarationException if it takes only what is usual */
    static Parsing none(TableColumn column, Encoding as, Parsing natural) {
        refuse(column, as, false);
        return natural;
    }

    /** Of types that a decimal can be put into, texts among them. */
    static Parsing ofNumber(TableColumn column, Encoding as, Parsing natural) {
        refuse(column, as, as.format() == ValueFormat.BASE64_DECIMAL);
        return of(column, as, natural);
    }

    static Parsing ofBytes(TableColumn column, Encoding as) {
        refuse(column, as, as.format() == ValueFormat.BASE64 || as.format() == ValueFormat.HEX);
        return as.format() == ValueFormat.HEX ? Binary::hex : Binary::base64;
    }

    /** @return null if a text is a document as it stands */
    static Parsing ofDocument(TableColumn column, Encoding as) {
        refuse(column, as, as.format() == ValueFormat.JSON_TEXT);
        return as.format() == ValueFormat.JSON_TEXT ? (text, bare) -> JsonText.document(text) : null;
    }

    /** Of types that PostgreSQL reads from a text: whatever is written in another way is made the text that it means. */
    static Parsing of(TableColumn column, Encoding as, Parsing natural) {
        Parsing meaning =
                switch (as.format()) {
                    case NATURAL, JSON_TEXT -> null;
                    case EPOCH_DAYS -> text(Times.date(as.format()));
                    case EPOCH_SECONDS, EPOCH_MILLIS, EPOCH_MICROS, EPOCH_NANOS -> text(Times.withZone(as.format()));
                    case MILLIS_OF_DAY -> Times.ofDay(1_000);
                    case MICROS_OF_DAY -> Times.ofDay(1_000_000);
                    case NANOS_OF_DAY -> Times.ofDay(1_000_000_000);
                    case MICROS -> text(Numbers.BIGINT, " microseconds");
                    case BASE64_DECIMAL -> Binary.decimal(scale(column, as));
                    case BASE64_BITS -> bits(column, as);
                    case BASE64 -> Binary::base64;
                    case HEX -> Binary::hex;
                };
        return meaning == null ? natural : natural.after(meaning);
    }

    private static Parsing bits(TableColumn column, Encoding as) {
        Parsing bytes = Binary.bits(as.size() >= 0 ? as.size() : column.modifier());
        return (text, bare) -> bare ? text : bytes.parse(text, false);
    }

    private static int scale(TableColumn column, Encoding as) {
        if (as.size() >= 0) {
            return as.size();
        }
        if (!"numeric".equals(column.builtIn()) || column.modifier() < 0) {
            throw new WrongDeclarationException(
                    "column %s: %s needs a type that tells the scale, such as numeric(12,2); it has type %s"
                            .formatted(column.name(), as.format(), column.type()));
        }
        return Numbers.scale(column.modifier());
    }

    private static Parsing text(Parsing parsing) {
        return text(parsing, "");
    }

    private static Parsing text(Parsing parsing, String unit) {
        return (text, bare) -> parsing.parse(text, bare) + unit;
    }

    static void refuse(TableColumn column, Encoding as, boolean unless) {
        if (as.format() != ValueFormat.NATURAL && !unless) {
            throw new WrongDeclarationException("column %s: a value of type %s is not written as %s"
                    .formatted(column.name(), column.type(), as.format()));
        }
    }
}
