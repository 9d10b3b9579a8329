package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.context.SmallRyeThreadContext;
import org.junit.jupiter.api.Test;

/** What every step of a Uni does besides, which each request pays for many times. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class UniStepsTest {

    @Test
    void captureAndRestoreNothing() {
        SmallRyeThreadContext context = SmallRyeThreadContext.getCurrentThreadContextOrDefaultContexts();

        assertThat(context.isEmpty()).as(context.getPlan().toString()).isTrue();
    }
}
