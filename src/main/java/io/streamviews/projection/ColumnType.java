package io.streamviews.projection;

import java.lang.reflect.Array;
import java.time.OffsetDateTime;

/** A PostgreSQL type that a column of a base view can have, with the Java type of its values. */
public enum ColumnType {
    BIGINT("bigint", Long.class),
    TEXT("text", String.class),
    TIMESTAMPTZ("timestamptz", OffsetDateTime.class);

    private final String sql;
    private final Class<?> java;

    ColumnType(String sql, Class<?> java) {
        this.sql = sql;
        this.java = java;
    }

    /** The type's name in SQL. */
    public String sql() {
        return sql;
    }

    Object[] array(int length) {
        return (Object[]) Array.newInstance(java, length);
    }
}
