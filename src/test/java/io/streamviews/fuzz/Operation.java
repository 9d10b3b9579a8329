package io.streamviews.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A method of a path, as the application's OpenAPI document has it.
 *
 * @param bodyType media type of the request's body; null if it takes none
 * @param bodySchema of a JSON body; null if it takes none
 * @param statuses those that are documented
 */
record Operation(
        String method,
        String path,
        List<Parameter> parameters,
        String bodyType,
        JsonNode bodySchema,
        Set<Integer> statuses) {

    /**
     * @param in path, query or header
     * @param type as in the schema: string, integer …
     */
    record Parameter(String in, String name, String type) {}

    /** All of them, in a stable order. */
    static List<Operation> of(JsonNode openApi) {
        List<Operation> operations = new ArrayList<>();
        openApi.get("paths").properties().forEach(path -> path.getValue().properties().stream()
                .filter(method -> method.getValue().has("responses"))
                .forEach(method -> operations.add(of(openApi, path.getKey(), method.getKey(), method.getValue()))));
        operations.sort((a, b) -> a.toString().compareTo(b.toString()));
        return operations;
    }

    /** Whether it writes to the event log. */
    boolean isCommand() {
        return !method.equals("GET") && path.matches("/api/(users|posts).*");
    }

    Stream<Parameter> parameters(String in) {
        return parameters.stream().filter(parameter -> parameter.in.equals(in));
    }

    @Override
    public String toString() {
        return method + " " + path;
    }

    private static Operation of(JsonNode openApi, String path, String method, JsonNode operation) {
        List<Parameter> parameters = new ArrayList<>();
        operation
                .path("parameters")
                .forEach(each -> parameters.add(new Parameter(
                        each.get("in").asText(),
                        each.get("name").asText(),
                        each.path("schema").path("type").asText("string"))));
        Set<Integer> statuses = new TreeSet<>();
        operation.get("responses").fieldNames().forEachRemaining(status -> statuses.add(Integer.valueOf(status)));
        JsonNode content = operation.path("requestBody").path("content");
        String bodyType = content.isEmpty() ? null : content.fieldNames().next();
        JsonNode schema =
                bodyType == null ? null : resolve(openApi, content.get(bodyType).path("schema"));
        return new Operation(method.toUpperCase(), path, parameters, bodyType, schema, statuses);
    }

    private static JsonNode resolve(JsonNode openApi, JsonNode schema) {
        String reference = schema.path("$ref").asText("");
        return reference.isEmpty() ? schema : openApi.at(reference.substring(1));
    }
}
