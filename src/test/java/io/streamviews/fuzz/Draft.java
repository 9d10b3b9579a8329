package io.streamviews.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamviews.fuzz.Operation.Parameter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A request that is right, until something in it is replaced; then written as it stands, valid or not. */
final class Draft {

    private final Operation operation;
    private final Map<String, String> path = new LinkedHashMap<>();
    private final List<String> query = new ArrayList<>();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<String> changes = new ArrayList<>();
    private String method;
    private byte[] body;

    Draft(Operation operation, Samples samples) {
        this.operation = operation;
        method = operation.method();
        operation
                .parameters("path")
                .map(Parameter::name)
                .forEach(name -> path.put(name, samples.path(operation, name)));
        headers.put("Host", "localhost");
        if (operation.bodyType() != null) {
            headers.put("Content-Type", operation.bodyType());
            body = HostileBodies.object(samples.members(operation)).getBytes(UTF_8);
        }
    }

    Operation operation() {
        return operation;
    }

    byte[] body() {
        return body;
    }

    Draft method(String replacement) {
        method = replacement;
        return changed("method", replacement);
    }

    Draft path(String name, String value) {
        path.put(name, value);
        return changed("path " + name, value);
    }

    Draft query(String part) {
        query.add(part);
        return changed("query", part);
    }

    Draft header(String name, String value) {
        headers.put(name, value);
        return changed(name, value);
    }

    /** Unless something else is sent in its place already. */
    Draft from(Sender sender) {
        if (sender.header() == null || headers.putIfAbsent(Sender.HEADER, sender.header()) != null) {
            return this;
        }
        return sender == Sender.OPERATOR ? this : changed(Sender.HEADER, sender.header());
    }

    Draft body(byte[] replacement) {
        body = replacement;
        return changed("body", new String(replacement, 0, Math.min(200, replacement.length), UTF_8));
    }

    Request finish() {
        String target = operation.path();
        for (Map.Entry<String, String> each : path.entrySet()) {
            target = target.replace("{" + each.getKey() + "}", each.getValue());
        }
        if (!query.isEmpty()) {
            target += "?" + String.join("&", query);
        }
        StringBuilder head = new StringBuilder("%s %s HTTP/1.1\r\n".formatted(method, target));
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (body != null) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.append("\r\n").toString().getBytes(UTF_8));
        if (body != null) {
            bytes.writeBytes(body);
        }
        boolean forAnother = operation.isCommand()
                && !operation.method().equals("POST")
                && !headers.getOrDefault("If-Match", "*").strip().equals("*");
        boolean byStranger = Sender.mustBeRefused(headers.get(Sender.HEADER), operation.path());
        return new Request(operation, method, String.join("; ", changes), forAnother, byStranger, bytes.toByteArray());
    }

    private Draft changed(String what, String value) {
        changes.add(what + "=" + Request.printable(value, 80));
        return this;
    }
}
