package io.streamviews.view;

/** What a column's values are in JSON. Exact: a number has all digits that PostgreSQL has of it. */
enum JsonForm {
    INTEGER("integer", null),
    NUMBER("number", null),
    BOOLEAN("boolean", null),
    DATE("string", "date"),
    UUID("string", "uuid"),
    STRING("string", null),
    ARRAY("array", null),
    /** JSON itself, and values of several fields. */
    ANY(null, null),
    /** As Java's {@code Instant} is written: UTC, and the fraction in threes. What no calendar has is left as PostgreSQL says it. */
    MOMENT("string", "date-time") {
        @Override
        String sql(String value) {
            return """
                    CASE WHEN isfinite(%1$s) AND %1$s >= '0001-01-01 00:00Z'
                         THEN regexp_replace(to_char(%1$s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                                             '(\\.000000|000)$', '') || 'Z'
                         ELSE %1$s::text END"""
                    .formatted(value);
        }
    },
    BYTES("string", "byte") {
        @Override
        String sql(String value) {
            return "translate(encode(%s, 'base64'), E'\\n', '')".formatted(value);
        }
    };

    private final String type;
    private final String format;

    JsonForm(String type, String format) {
        this.type = type;
        this.format = format;
    }

    /** As JSON Schema says it; null if it may be anything. */
    String type() {
        return type;
    }

    String format() {
        return format;
    }

    /** What PostgreSQL makes the right JSON of. */
    String sql(String value) {
        return value;
    }
}
