package io.streamviews.fuzz;

import io.streamviews.fuzz.Operation.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Requests with something wrong in them: at first each hostile value in each place of each operation, once, in the order
 * that the seed says; then two or three of them together, without end.
 */
final class RequestGenerator {

    private static final List<String> METHODS =
            List.of("PATCH", "TRACE", "OPTIONS", "HEAD", "PROPFIND", "FOO", "get", "CONNECT", "x".repeat(300));

    private final Random random;
    private final Samples samples;
    private final List<Operation> operations;
    private final List<Case> cases = new ArrayList<>();
    private int next;

    /** Something wrong in a request of an operation. */
    private record Case(Operation operation, UnaryOperator<Draft> change) {}

    RequestGenerator(long seed, List<Operation> operations, Samples samples) {
        this.random = new Random(seed);
        this.operations = operations;
        this.samples = samples;
        operations.forEach(operation -> changes(operation, change -> cases.add(new Case(operation, change))));
        Collections.shuffle(cases, random);
    }

    /** How many requests there are with one thing wrong. */
    int single() {
        return cases.size();
    }

    Request next() {
        if (next < cases.size()) {
            Case single = cases.get(next++);
            return single.change
                    .apply(new Draft(single.operation, samples))
                    .from(Sender.any(random))
                    .finish();
        }
        Operation operation = operations.get(random.nextInt(operations.size()));
        List<UnaryOperator<Draft>> all = new ArrayList<>();
        changes(operation, all::add);
        Draft draft = new Draft(operation, samples);
        for (int i = 2 + random.nextInt(2); i > 0; i--) {
            draft = all.get(random.nextInt(all.size())).apply(draft);
        }
        return draft.from(Sender.any(random)).finish();
    }

    private void changes(Operation operation, Consumer<UnaryOperator<Draft>> changes) {
        METHODS.forEach(method -> changes.accept(draft -> draft.method(method)));
        operation.parameters("path").map(Parameter::name).forEach(name -> Hostile.escaped()
                .forEach(value -> changes.accept(draft -> draft.path(name, value))));
        operation.parameters("query").map(Parameter::name).forEach(name -> queries(name)
                .forEach(query -> changes.accept(draft -> draft.query(query))));
        TreeSet<String> headers = new TreeSet<>(HostileHeaders.names());
        operation.parameters("header").map(Parameter::name).forEach(headers::add);
        headers.forEach(name ->
                HostileHeaders.values(name).forEach(value -> changes.accept(draft -> draft.header(name, value))));
        bodies(operation).forEach(body -> changes.accept(draft -> draft.body(body)));
        if (operation.parameters("header").anyMatch(header -> header.name().equals("Content-Encoding"))) {
            HostileBodies.gzipped(new Draft(operation, samples).body())
                    .forEach(body -> changes.accept(
                            draft -> draft.header("Content-Encoding", "gzip").body(body)));
        }
    }

    private static Stream<String> queries(String name) {
        return Stream.concat(
                Hostile.escaped().stream().map(value -> name + "=" + value), Hostile.queries(name).stream());
    }

    private List<byte[]> bodies(Operation operation) {
        if (operation.bodyType() == null) {
            return List.of("{}".getBytes(), "{".getBytes());
        }
        return operation.bodyType().endsWith("ndjson")
                ? HostileBodies.lines(samples.members(operation))
                : HostileBodies.json(samples.members(operation));
    }
}
