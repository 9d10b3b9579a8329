package io.streamviews.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** The answers that were not as they have to be. */
final class Findings {

    private static final Path DIRECTORY = Path.of("target", "fuzz");
    private static final int SHOWN = 3;

    private final Map<String, List<String>> byFault = new TreeMap<>();
    private int requests;
    private int failed;
    private long nanos;

    /** @param events how many there are in the log */
    Answer check(Request request, RawClient port, LongSupplier events) {
        boolean watched = request.operation() == null || request.isCommand();
        long before = watched ? events.getAsLong() : 0;
        Answer answer = port.send(request.bytes(), request.method().equals("HEAD"));
        requests++;
        nanos += answer.took().toNanos();
        List<String> faults = AnswerCheck.faults(request, answer);
        if (watched && answer.status() >= 400 && events.getAsLong() != before) {
            faults.add("status %d, but it took effect".formatted(answer.status()));
        }
        failed += faults.isEmpty() ? 0 : 1;
        faults.forEach(fault -> add(request, answer, fault));
        return answer;
    }

    void add(Request request, Answer answer, String fault) {
        byFault.computeIfAbsent(fault, first -> new ArrayList<>())
                .add("%s%n      -> %d %s".formatted(request, answer.status(), Request.printable(answer.body(), 300)));
    }

    /** Each fault with how often it was found, and the first few. */
    List<String> groups() {
        return byFault.entrySet().stream()
                .map(fault -> "%5d  %s%n%s"
                        .formatted(
                                fault.getValue().size(),
                                fault.getKey(),
                                fault.getValue().stream()
                                        .limit(SHOWN)
                                        .map(each -> "    " + each + "\n")
                                        .collect(Collectors.joining())))
                .toList();
    }

    /** Prints how many there are, and writes all of them to a file. */
    void report(String what) {
        System.out.printf(
                "fuzz: %s: %d requests, %d with a fault, %.1f s waited%n", what, requests, failed, nanos / 1e9);
        try {
            Files.createDirectories(DIRECTORY);
            Files.write(
                    DIRECTORY.resolve(what.replaceAll("\\W+", "-") + ".txt"),
                    byFault.entrySet().stream()
                            .flatMap(fault -> fault.getValue().stream().map(each -> fault.getKey() + "\n    " + each))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
