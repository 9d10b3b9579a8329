package io.streamviews.rest;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What requests outside the REST resources send, and take. */
public final class MediaTypes {

    private static final Pattern NOT_AT_ALL = Pattern.compile(";\\s*q\\s*=\\s*0(\\.0*)?\\s*(;|$)");

    private MediaTypes() {}

    /** The type of a body, without its parameters; empty if it is absent. */
    public static String sent(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return type == null ? "" : withoutParameters(type);
    }

    /** Whether the answer may be of a type; who does not say takes any. */
    public static boolean accepts(HttpServerRequest request, String type) {
        String accepted = String.join(",", request.headers().getAll(HttpHeaders.ACCEPT));
        String any = type.substring(0, type.indexOf('/')) + "/*";
        return accepted.isBlank()
                || Stream.of(accepted.split(","))
                        .filter(range -> !NOT_AT_ALL.matcher(range).find())
                        .map(MediaTypes::withoutParameters)
                        .anyMatch(range -> range.equals("*/*") || range.equals(any) || range.equals(type));
    }

    private static String withoutParameters(String type) {
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }
}
