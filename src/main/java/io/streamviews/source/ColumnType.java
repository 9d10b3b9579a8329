package io.streamviews.source;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A PostgreSQL type that a column of a base view has: how its values are read from a record, and in which array they are
 * sent. What has no array of its own below goes as text, and PostgreSQL reads it.
 */
public final class ColumnType {

    /** Of a row's version. */
    static final ColumnType VERSION =
            of(new TableColumn("version", "bigint", "int8", -1, true, false), Encoding.NATURAL);

    /** Of a text that is compared, not kept. */
    static final ColumnType LABEL = new ColumnType(null, Sent.asText("text"), Shape.TEXT, (text, bare) -> text, null);

    private static final int MOST_DIMENSIONS = 6;

    /** Types that are of length 1 where nothing else is said, and those that have any length. */
    private static final Map<String, String> UNLIMITED =
            Map.of("bit", "bit varying", "bit[]", "bit varying[]", "character[]", "bpchar[]");

    private final TableColumn column;
    private final Sent sent;
    private final Shape shape;
    private final Parsing parsing;
    private final ColumnType element;

    /** What of JSON a type takes beside texts, numbers and truth values, which are read by what they say. */
    private enum Shape {
        SCALAR,
        TEXT,
        TIME,
        NUMERIC,
        BYTES,
        DOCUMENT,
        ARRAY,
        ANY
    }

    /**
     * How values come to PostgreSQL.
     *
     * @param sql the type that they are cast to
     * @param carrier the type of the elements in the array that carries them
     * @param java what those elements are in Java
     */
    private record Sent(String sql, String carrier, Class<?> java) {

        static Sent as(String type, Class<?> java) {
            return new Sent(type, type, java);
        }

        static Sent asText(String sql) {
            return new Sent(sql, "text", String.class);
        }
    }

    private ColumnType(TableColumn column, Sent sent, Shape shape, Parsing parsing, ColumnType element) {
        this.column = column;
        this.sent = sent;
        this.shape = shape;
        this.parsing = parsing;
        this.element = element;
    }

    /** @throws WrongDeclarationException if the type cannot be written so */
    static ColumnType of(TableColumn column, Encoding as) {
        TableColumn element = column.element();
        if (element != null) {
            return sent(column, Shape.ARRAY, Values::text, of(element, as));
        }
        if (column.builtIn() == null) {
            return sent(column, Shape.ANY, Encodings.of(column, as, Values::text), null);
        }
        ValueFormat format = as.format();
        int length = column.modifier() - 4;
        return switch (column.builtIn()) {
            case "timestamptz" -> {
                Encodings.refuse(column, as, format.isOfInstants());
                yield direct(column, OffsetDateTime.class, Shape.TIME, Times.withZone(format));
            }
            case "timestamp" -> {
                Encodings.refuse(column, as, format.isOfInstants());
                yield direct(column, LocalDateTime.class, Shape.TIME, Times.withoutZone(format));
            }
            case "date" -> {
                Encodings.refuse(column, as, format.isOfInstants() || format == ValueFormat.EPOCH_DAYS);
                yield direct(column, LocalDate.class, Shape.TIME, Times.date(format));
            }
            case "int8" -> direct(column, Long.class, Shape.SCALAR, Encodings.ofNumber(column, as, Numbers.BIGINT));
            case "int4" -> direct(column, Integer.class, Shape.SCALAR, Encodings.ofNumber(column, as, Numbers.INTEGER));
            case "int2" -> direct(column, Short.class, Shape.SCALAR, Encodings.ofNumber(column, as, Numbers.SMALLINT));
            case "float8" ->
                direct(column, Double.class, Shape.SCALAR, Encodings.ofNumber(column, as, Numbers::doublePrecision));
            case "float4" -> direct(column, Float.class, Shape.SCALAR, Encodings.ofNumber(column, as, Numbers::real));
            case "bool" -> direct(column, Boolean.class, Shape.SCALAR, Encodings.none(column, as, Values::bool));
            case "uuid" -> direct(column, UUID.class, Shape.SCALAR, Encodings.none(column, as, Values::uuid));
            case "numeric" ->
                sent(column, Shape.NUMERIC, Encodings.ofNumber(column, as, Numbers.numeric(column.modifier())), null);
            case "bytea" -> sent(column, Shape.BYTES, Encodings.ofBytes(column, as), null);
            case "text" -> text(column, "text", Encodings.ofNumber(column, as, Values::text));
            case "varchar" -> text(column, "text", Encodings.ofNumber(column, as, Values.textUpTo(length)));
            case "bpchar" -> text(column, "bpchar", Encodings.ofNumber(column, as, Values.padded(length)));
            case "json", "jsonb" -> sent(column, Shape.DOCUMENT, Encodings.ofDocument(column, as), null);
            case "bit", "varbit" -> sent(column, Shape.ANY, Encodings.of(column, as, Values::bits), null);
            default -> sent(column, Shape.ANY, Encodings.of(column, as, Values::text), null);
        };
    }

    private static ColumnType direct(TableColumn column, Class<?> java, Shape shape, Parsing parsing) {
        return new ColumnType(column, Sent.as(column.type(), java), shape, parsing, null);
    }

    private static ColumnType text(TableColumn column, String sql, Parsing parsing) {
        return new ColumnType(column, Sent.asText(sql), Shape.TEXT, parsing, null);
    }

    private static ColumnType sent(TableColumn column, Shape shape, Parsing parsing, ColumnType element) {
        String sql = UNLIMITED.getOrDefault(column.type(), column.type());
        return new ColumnType(column, Sent.asText(sql), shape, parsing, element);
    }

    /** The same type, read from values that are written so; itself if it knows of no such values. */
    ColumnType readAs(Encoding as) {
        if (column == null) {
            return this;
        }
        try {
            return of(column, as);
        } catch (WrongDeclarationException natural) {
            return of(column, Encoding.NATURAL);
        }
    }

    /** What a value is cast to. */
    public String sql() {
        return sent.sql();
    }

    /** The type of the elements in the array that carries the values. */
    public String carrier() {
        return sent.carrier();
    }

    /** Whether it has an order that does not hang on a collation, and equal values are equal in Java, too. */
    public boolean isKey() {
        return shape != Shape.DOCUMENT && shape != Shape.ARRAY && shape != Shape.ANY;
    }

    /** Whether its order is that of bytes in a collation of its own: {@code COLLATE "C"}. */
    public boolean isText() {
        return shape == Shape.TEXT;
    }

    /** Whether two values are equal only if their texts are: some types have no equality of their own. */
    public boolean isComparedAsText() {
        return shape == Shape.ARRAY
                ? element.isComparedAsText()
                : shape == Shape.ANY || shape == Shape.DOCUMENT && sent.sql().equals("json");
    }

    /** An array for values on their way to PostgreSQL. */
    public Object[] array(int length) {
        return (Object[]) Array.newInstance(sent.java(), length);
    }

    /** A value as an element of {@link #array}. */
    public Object carried(Object value) {
        if (value instanceof String || sent.java() != String.class) {
            return value;
        }
        if (value instanceof BigDecimal number) {
            return number.toPlainString();
        }
        return value instanceof List<?> elements ? ArrayLiteral.of(elements, element) : value;
    }

    /** A value as JSON tells it. */
    public Object told(Object value) {
        if (value instanceof List<?> elements) {
            List<Object> told = new ArrayList<>(elements.size());
            elements.forEach(part -> told.add(part instanceof List<?> ? told(part) : element.told(part)));
            return told;
        }
        if (value instanceof String text) {
            return switch (shape) {
                case DOCUMENT -> new RawValue(text);
                case BYTES -> Binary.toBase64(text);
                default -> text;
            };
        }
        return value;
    }

    /** A value from a text, such as a record's key or a header. */
    Object parse(String text) {
        return shape == Shape.DOCUMENT ? JsonText.document(text) : parsing.parse(text, false);
    }

    /**
     * The value at which a document's parser stands, null for JSON's null; the parser stands at its end then.
     *
     * @throws Unfit if the type does not take it
     */
    Object read(JsonText document) throws IOException {
        JsonParser json = document.json();
        JsonToken token = json.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (shape == Shape.DOCUMENT) {
            return parsing != null && token == JsonToken.VALUE_STRING
                    ? parsing.parse(json.getText(), false)
                    : document.document();
        }
        if (token == JsonToken.VALUE_STRING) {
            return parsing.parse(json.getText(), false);
        }
        if (token == JsonToken.VALUE_NUMBER_INT
                && parsing instanceof Parsing.Whole whole
                && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return whole.parse(json.getLongValue());
        }
        if (token.isScalarValue()) {
            return parsing.parse(json.getText(), true);
        }
        return switch (shape) {
            case ARRAY -> elements(document, 1);
            case ANY -> document.document();
            case TIME -> parsing.parse(Times.ofParts(json), false);
            case NUMERIC -> parsing.parse(Numbers.ofItsOwnScale(json), false);
            default -> throw new Unfit("a single value of type " + sent.sql());
        };
    }

    private List<Object> elements(JsonText document, int dimension) throws IOException {
        JsonParser json = document.json();
        if (json.currentToken() != JsonToken.START_ARRAY || dimension > MOST_DIMENSIONS) {
            throw new Unfit("an array of at most %d dimensions".formatted(MOST_DIMENSIONS));
        }
        List<Object> elements = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            boolean nested = json.currentToken() == JsonToken.START_ARRAY && element.shape != Shape.DOCUMENT;
            elements.add(nested ? elements(document, dimension + 1) : element.read(document));
        }
        return elements;
    }
}
