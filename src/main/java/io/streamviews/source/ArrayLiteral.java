package io.streamviews.source;

import java.util.List;

/** Arrays in PostgreSQL's notation. */
final class ArrayLiteral {

    private ArrayLiteral() {}

    /** @param type of the elements */
    static String of(List<?> elements, ColumnType type) {
        StringBuilder literal = new StringBuilder();
        append(literal, elements, type);
        return literal.toString();
    }

    private static void append(StringBuilder literal, List<?> elements, ColumnType type) {
        literal.append('{');
        for (int i = 0; i < elements.size(); i++) {
            if (i > 0) {
                literal.append(',');
            }
            Object element = elements.get(i);
            if (element == null) {
                literal.append("NULL");
            } else if (element instanceof List<?> part) {
                append(literal, part, type);
            } else {
                quote(literal, type.carried(element).toString());
            }
        }
        literal.append('}');
    }

    private static void quote(StringBuilder literal, String element) {
        literal.append('"');
        for (int i = 0; i < element.length(); i++) {
            char c = element.charAt(i);
            if (c == '"' || c == '\\') {
                literal.append('\\');
            }
            literal.append(c);
        }
        literal.append('"');
    }
}
