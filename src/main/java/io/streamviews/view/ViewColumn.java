package io.streamviews.view;

/**
 * A column, as PostgreSQL's catalogue has it.
 *
 * @param type for people
 * @param cast to which a text is cast to be compared with it: without a length, which would cut the text off
 * @param element the form of an array's elements, else null
 * @param isNullable whether NULL is possible; of a view nobody knows, so it is
 * @param isComparable whether PostgreSQL has an order for its type, other than for arrays and compounds
 */
record ViewColumn(
        String name,
        String type,
        String cast,
        JsonForm form,
        JsonForm element,
        boolean isNullable,
        boolean isComparable,
        String comment) {

    String identifier() {
        return quoted(name);
    }

    /** A name in SQL. */
    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** A value of this column in the right form for JSON. Arrays of arrays are left to PostgreSQL. */
    String json(String value) {
        if (form != JsonForm.ARRAY || element != JsonForm.MOMENT && element != JsonForm.BYTES) {
            return form.sql(value);
        }
        return """
                CASE WHEN array_ndims(%1$s) = 1
                     THEN (SELECT json_agg(%2$s ORDER BY n) FROM unnest(%1$s) WITH ORDINALITY AS e(x, n))
                     ELSE to_json(%1$s) END"""
                .formatted(value, element.sql("e.x"));
    }
}
