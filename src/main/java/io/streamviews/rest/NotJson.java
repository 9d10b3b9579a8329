package io.streamviews.rest;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.streamviews.rest.Problem.Violation;
import java.util.List;

/**
 * What is wrong with a body that is not the JSON that is asked for, in words that its sender can use. The parser's own
 * words are taken only where they speak of the body, and not of the parser's settings.
 */
final class NotJson {

    private NotJson() {}

    static Problem problem(JsonProcessingException malformed) {
        if (malformed instanceof MismatchedInputException mismatch) {
            return violation(mismatch, expected(mismatch.getTargetType()));
        }
        if (malformed instanceof JsonMappingException mapping) {
            if (mapping.getCause() instanceof InputCoercionException) {
                return violation(mapping, "is out of range");
            }
            return mapping.getCause() instanceof JsonProcessingException cause
                    ? problem(cause)
                    : violation(mapping, "cannot be read");
        }
        return Problem.of(
                ProblemType.NOT_JSON, "The body is not JSON: " + reason(malformed) + at(malformed.getLocation()));
    }

    private static Problem violation(JsonMappingException e, String message) {
        return Problem.of(List.of(new Violation(field(e), message)));
    }

    private static String reason(JsonProcessingException malformed) {
        if (malformed instanceof JsonEOFException) {
            return "it ends too early";
        }
        if (malformed instanceof StreamConstraintsException) {
            return "it is nested too deeply, or a name or number in it is too long";
        }
        String words = malformed.getOriginalMessage();
        return malformed instanceof JsonParseException && !words.contains("`") && !words.contains("Feature")
                ? words
                : "it cannot be parsed";
    }

    private static String field(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.isEmpty() ? "body" : path.toString();
    }

    private static String expected(Class<?> type) {
        if (type == null) {
            return "has the wrong type";
        }
        if (type == String.class) {
            return "must be a text";
        }
        if (List.class.isAssignableFrom(type)) {
            return "must be a list";
        }
        if (type == boolean.class) {
            return "must be true or false";
        }
        return Number.class.isAssignableFrom(type) || type.isPrimitive()
                ? "must be a whole number"
                : "must be a JSON object";
    }

    private static String at(JsonLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }
}
