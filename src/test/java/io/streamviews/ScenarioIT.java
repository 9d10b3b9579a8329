package io.streamviews;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;

/** The same with the packaged application: the jar, or with {@code -Dnative} the native executable. */
@QuarkusIntegrationTest
@QuarkusTestResource(value = OwnDatabaseResource.class, restrictToAnnotatedClass = true)
class ScenarioIT extends ScenarioTest {

    /** Quarkus would let it run on beside the tests of processes that come after. */
    @AfterAll
    static void stop() {
        ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains(OwnDatabaseResource.NAME))
                .forEach(child -> {
                    child.destroy();
                    child.onExit().join();
                });
    }

    @Override
    Connection connect() throws SQLException {
        return DriverManager.getConnection(OwnDatabaseResource.url(), Roles.RUNTIME, "");
    }
}
