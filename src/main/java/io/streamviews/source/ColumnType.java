package io.streamviews.source;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.util.RawValue;
import io.streamviews.source.Values.Parsing;
import java.io.IOException;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A PostgreSQL type that a column of a base view has: how its values are read from a record, and in which array they are
 * sent. What has no array of its own below goes as text, and PostgreSQL reads it.
 */
public final class ColumnType {

    /** Of a row's version. */
    static final ColumnType VERSION = scalar("bigint", Long.class, Values::bigint);

    /** Of a text that is compared, not kept. */
    static final ColumnType LABEL = text("text", (text, bare) -> text);

    private final String sql;
    private final String carrier;
    private final Class<?> java;
    private final Parsing parsing;
    private final Shape shape;

    /** What of JSON a type takes beside texts, numbers and truth values, which are read by what they say. */
    private enum Shape {
        SCALAR,
        TEXT,
        TIME,
        DOCUMENT,
        ARRAY,
        ANY
    }

    private ColumnType(String sql, String carrier, Class<?> java, Shape shape, Parsing parsing) {
        this.sql = sql;
        this.carrier = carrier;
        this.java = java;
        this.shape = shape;
        this.parsing = parsing;
    }

    /** @throws WrongDeclarationException if the type cannot be written in this format */
    static ColumnType of(TableColumn column, ValueFormat format) {
        String type = column.type();
        int modifier = column.modifier();
        if (column.builtIn() == null) {
            refuse(format != ValueFormat.NATURAL, column, format);
            return type.endsWith("[]")
                    ? array(type)
                    : new ColumnType(type, "text", String.class, Shape.ANY, Values::text);
        }
        return switch (column.builtIn()) {
            case "timestamptz" -> time(column, format, OffsetDateTime.class, Values.timeWithZone(format));
            case "timestamp" -> time(column, format, LocalDateTime.class, Values.timeWithoutZone(format));
            case "date" -> time(column, format, LocalDate.class, Values.date(format));
            default -> {
                refuse(format != ValueFormat.NATURAL, column, format);
                yield switch (column.builtIn()) {
                    case "int8" -> scalar(type, Long.class, Values::bigint);
                    case "int4" -> scalar(type, Integer.class, Values::integer);
                    case "int2" -> scalar(type, Short.class, Values::smallint);
                    case "float8" -> scalar(type, Double.class, Values::doublePrecision);
                    case "float4" -> scalar(type, Float.class, Values::real);
                    case "bool" -> scalar(type, Boolean.class, Values::bool);
                    case "uuid" -> scalar(type, UUID.class, Values::uuid);
                    case "numeric" ->
                        new ColumnType(type, "text", String.class, Shape.SCALAR, Values.numeric(modifier));
                    case "bytea" -> new ColumnType(type, "text", String.class, Shape.SCALAR, Values::bytea);
                    case "text" -> text("text", Values::text);
                    case "varchar" -> text("text", Values.textUpTo(modifier - 4));
                    case "bpchar" -> text("bpchar", Values.padded(modifier - 4));
                    case "json", "jsonb" -> new ColumnType(type, "text", String.class, Shape.DOCUMENT, Values::text);
                    default -> new ColumnType(type, "text", String.class, Shape.ANY, Values::text);
                };
            }
        };
    }

    private static ColumnType scalar(String sql, Class<?> java, Parsing parsing) {
        return new ColumnType(sql, sql, java, Shape.SCALAR, parsing);
    }

    private static ColumnType text(String sql, Parsing parsing) {
        return new ColumnType(sql, "text", String.class, Shape.TEXT, parsing);
    }

    private static ColumnType time(TableColumn column, ValueFormat format, Class<?> java, Parsing parsing) {
        refuse(parsing == null, column, format);
        return new ColumnType(column.type(), column.type(), java, Shape.TIME, parsing);
    }

    private static ColumnType array(String type) {
        return new ColumnType(type, "text", String.class, Shape.ARRAY, Values::text);
    }

    private static void refuse(boolean wrong, TableColumn column, ValueFormat format) {
        if (wrong) {
            throw new WrongDeclarationException("column %s: a value of type %s is not written as %s"
                    .formatted(column.name(), column.type(), format));
        }
    }

    /** What a value is cast to. */
    public String sql() {
        return sql;
    }

    /** The type of the elements in the array that carries the values. */
    public String carrier() {
        return carrier;
    }

    /** Whether it has an order that does not hang on a collation, and equal values are equal in Java, too. */
    public boolean isKey() {
        return shape == Shape.SCALAR || shape == Shape.TEXT || shape == Shape.TIME;
    }

    /** Whether its order is that of bytes in a collation of its own: {@code COLLATE "C"}. */
    public boolean isText() {
        return shape == Shape.TEXT;
    }

    /** Whether two values are equal only if their texts are: some types have no equality of their own. */
    public boolean isComparedAsText() {
        return shape == Shape.ANY || shape == Shape.DOCUMENT && sql.equals("json");
    }

    /** An array for values on their way to PostgreSQL. */
    public Object[] array(int length) {
        return (Object[]) Array.newInstance(java, length);
    }

    /** A value as an element of {@link #array}. */
    public Object carried(Object value) {
        return value instanceof BigDecimal number ? number.toPlainString() : value;
    }

    /** A value as JSON tells it. */
    public Object told(Object value) {
        return shape == Shape.DOCUMENT && value != null ? new RawValue((String) value) : value;
    }

    /** A value from a text, such as a record's key or a header. */
    Object parse(String text) {
        return shape == Shape.DOCUMENT ? Values.document(text) : parsing.parse(text, false);
    }

    /**
     * The value at which a parser stands, null for JSON's null; the parser stands at its end then.
     *
     * @throws Unfit if the type does not take it
     */
    Object read(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (shape == Shape.DOCUMENT) {
            return Values.document(json);
        }
        if (token == JsonToken.VALUE_STRING) {
            return parsing.parse(json.getText(), false);
        }
        if (token == JsonToken.VALUE_NUMBER_INT && java == Long.class) {
            return Values.bigint(json);
        }
        if (token.isScalarValue()) {
            return parsing.parse(json.getText(), true);
        }
        return switch (shape) {
            case ARRAY -> Values.array(json);
            case ANY -> Values.document(json);
            case TIME -> parsing.parse(Values.timeOfParts(json), false);
            default -> throw new Unfit("a single value of type " + sql);
        };
    }
}
