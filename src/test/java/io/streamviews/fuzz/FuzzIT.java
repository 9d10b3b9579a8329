package io.streamviews.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.streamviews.fuzz.ProtocolCases.Case;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Requests that nobody should send, to every place of every operation in the application's OpenAPI document and below it,
 * byte by byte. Whatever they are, the answer comes soon, is the sender's fault, is a problem document that says nothing of
 * Java or SQL, and after a refusal nothing has changed. On both ports, and by senders who are not all who they should be. {@code -Pfuzz} sends more of them.
 */
class FuzzIT {

    private static final int REQUESTS = Integer.parseInt(property("fuzz.requests", "4000"));
    private static final long SEED =
            Long.parseLong(property("fuzz.seed", Long.toString(System.nanoTime() % 1_000_000)));

    private static Target target;

    @BeforeAll
    static void start() throws Exception {
        target = new Target();
    }

    @AfterAll
    static void stop() throws Exception {
        target.close();
    }

    @Test
    void everyHostileValueIsRefusedProperly() throws Exception {
        Samples samples = new Samples(target.userTopic());
        List<Operation> operations = Operation.of(new ObjectMapper().readTree(target.get("/q/openapi?format=json")));
        target.createEntities(samples);
        RequestGenerator generator = new RequestGenerator(SEED, operations, samples);
        Findings findings = new Findings();

        for (int i = 0; i < REQUESTS; i++) {
            Request request = generator.next();
            Answer answer = findings.check(request, target.ports().get(i % 2), target.events());
            boolean isErasure = request.method().equals("POST")
                    && answer.status() == 202
                    && answer.body().contains("user:");
            if (isErasure) {
                target.awaitDeletions();
            }
            if (isErasure || request.isCommand() && answer.status() == 204) {
                target.createEntities(samples);
            }
        }

        findings.report("-Dfuzz.seed=%d: %d of %d values in %d operations"
                .formatted(SEED, REQUESTS, generator.single(), operations.size()));
        assertThat(findings.groups()).isEmpty();
        assertThat(target.errors()).isEmpty();
    }

    @Test
    void whatIsNoHttpIsRefusedProperlyOnBothPorts() throws Exception {
        Findings findings = new Findings();
        for (Case each : ProtocolCases.all()) {
            for (RawClient port : target.ports()) {
                Answer answer = findings.check(each.request(), port, target.events());
                if (answer.status() != 0
                        && !each.statuses().isEmpty()
                        && !each.statuses().contains(answer.status())) {
                    findings.add(
                            each.request(),
                            answer,
                            "answered with %d, not with one of %s".formatted(answer.status(), each.statuses()));
                }
            }
        }
        findings.report("the protocol itself");
        assertThat(findings.groups()).isEmpty();
    }

    private static String property(String name, String fallback) {
        String value = System.getProperty(name, "");
        return value.isBlank() ? fallback : value.strip();
    }
}
