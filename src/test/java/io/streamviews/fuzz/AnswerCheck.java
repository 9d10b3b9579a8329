package io.streamviews.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What every answer to a bad request must be: soon, the sender's fault, a problem document, and silent about us. */
final class AnswerCheck {

    private static final Duration SOON = Duration.ofSeconds(8);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of Java: packages, stack frames, and names of classes and of their methods. Of SQL: statements and its errors. */
    private static final List<Pattern> OURS = List.of(
            Pattern.compile("\\b(io|java|javax|jakarta|org|com|sun|jdk)\\.[a-z]\\w*\\.\\w+"),
            Pattern.compile("\\bat [\\w.$]+\\("),
            Pattern.compile("\\b[A-Z][a-z]+([A-Z][a-z]+)+\\b"),
            Pattern.compile("Exception|\\w+\\.java\\b|\\w+\\(\\)"),
            Pattern.compile(
                    "\\bSELECT |\\bINSERT INTO|\\bUPDATE \\w+ SET|\\bDELETE FROM|SQLSTATE|ERROR: |relation \""));

    private AnswerCheck() {}

    /** What is wrong with it; empty if nothing is. */
    static List<String> faults(Request request, Answer answer) {
        List<String> faults = new ArrayList<>();
        if (answer.took().compareTo(SOON) > 0) {
            faults.add("took longer than " + SOON.toSeconds() + " s");
        }
        if (answer.trouble() != null) {
            faults.add(answer.trouble());
        }
        if (answer.status() == 0) {
            return faults;
        }
        if (answer.status() == 503 && request.mayBeUnavailable()) {
            if (answer.header("retry-after").isEmpty()) {
                faults.add("503 without Retry-After");
            }
        } else if (answer.status() >= 500) {
            faults.add("status " + answer.status());
        }
        if (!answer.header("x-content-type-options").equals("nosniff")) {
            faults.add("status %d without X-Content-Type-Options".formatted(answer.status()));
        }
        if (request.byStranger() && answer.status() < 400) {
            faults.add("was let in");
        }
        if (request.forAnother() && answer.status() < 300) {
            faults.add("took effect in spite of its If-Match");
        }
        if (answer.status() == 405 && answer.header("allow").isEmpty()) {
            faults.add("405 without Allow");
        }
        if (answer.status() >= 400) {
            problem(request, answer, faults);
        } else if (answer.header("content-type").contains("ndjson")) {
            answer.body().lines().filter(line -> line.contains("\"problem\"")).forEach(line -> line(line, faults));
        }
        return faults;
    }

    private static void problem(Request request, Answer answer, List<String> faults) {
        if (!answer.isProblem()) {
            faults.add("status %d with %s".formatted(answer.status(), answer.header("content-type")));
        }
        if (request.method().equals("HEAD")) {
            return;
        }
        JsonNode problem = parse(answer.body());
        if (problem.path("status").asInt() != answer.status()) {
            faults.add("status %d is not in the body".formatted(answer.status()));
        }
        texts(problem, faults);
        leak(answer.body(), faults);
    }

    /** A line of a stream's answer. */
    private static void line(String line, List<String> faults) {
        JsonNode problem = parse(line).path("problem");
        if (problem.path("status").asInt() >= 500) {
            faults.add(
                    "status %d in the stream".formatted(problem.path("status").asInt()));
        }
        texts(problem, faults);
        leak(line.replaceAll("\"type\":\"\\w+\"|\"consistencyToken\"", ""), faults);
    }

    private static void texts(JsonNode problem, List<String> faults) {
        if (problem.path("title").asText().isBlank()
                || problem.path("detail").asText().isBlank()) {
            faults.add("status %d without title or detail"
                    .formatted(problem.path("status").asInt()));
        }
    }

    private static void leak(String text, List<String> faults) {
        for (Pattern ours : OURS) {
            Matcher found = ours.matcher(text);
            if (found.find()) {
                faults.add("says " + found.group());
                return;
            }
        }
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }
}
