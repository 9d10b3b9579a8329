package io.streamviews.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.smallrye.openapi.runtime.OpenApiConstants;
import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentService;
import io.smallrye.openapi.runtime.io.Format;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The methods of each path, as the OpenAPI document has them: of the REST resources, and of the routes of Vert.x. */
@Singleton
class AllowedMethods {

    private final OpenApiDocumentService documents;
    private final ObjectMapper mapper;
    private volatile Map<Pattern, Set<String>> methods;

    AllowedMethods(OpenApiDocumentService documents, ObjectMapper mapper) {
        this.documents = documents;
        this.mapper = mapper;
    }

    /** Empty if there is nothing at the path. */
    Set<String> at(String path) {
        if (methods == null) {
            methods = read();
        }
        return methods.entrySet().stream()
                .filter(each -> each.getKey().matcher(path).matches())
                .flatMap(each -> each.getValue().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Map<Pattern, Set<String>> read() {
        try {
            Map<Pattern, Set<String>> found = new HashMap<>();
            JsonNode document =
                    mapper.readTree(documents.getDocument(OpenApiConstants.DEFAULT_DOCUMENT_NAME, Format.JSON));
            for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
                Set<String> names = path.getValue().properties().stream()
                        .filter(each -> each.getValue().has("responses"))
                        .map(each -> each.getKey().toUpperCase(Locale.ROOT))
                        .collect(Collectors.toSet());
                if (names.contains("GET")) {
                    names.add("HEAD");
                }
                found.put(pattern(path.getKey(), path.getValue()), names);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("The OpenAPI document cannot be read", e);
        }
    }

    /** A number's place takes nothing else. */
    private static Pattern pattern(String path, JsonNode operations) {
        Set<String> numbers = operations.findParents("in").stream()
                .filter(parameter -> parameter.path("in").asText().equals("path"))
                .filter(parameter ->
                        parameter.path("schema").path("type").asText().equals("integer"))
                .map(parameter -> parameter.get("name").asText())
                .collect(Collectors.toSet());
        StringBuilder regex = new StringBuilder();
        for (String segment : path.substring(1).split("/")) {
            boolean parameter = segment.startsWith("{");
            boolean number = parameter && numbers.contains(segment.substring(1, segment.length() - 1));
            regex.append('/').append(number ? "\\d+" : parameter ? "[^/]+" : Pattern.quote(segment));
        }
        return Pattern.compile(regex + "/?");
    }
}
