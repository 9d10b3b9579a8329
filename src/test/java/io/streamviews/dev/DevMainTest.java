package io.streamviews.dev;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import org.junit.jupiter.api.Test;

class DevMainTest {

    @Test
    void saysWhereEverythingIs() {
        assertThat(DevMain.addresses(configuration()
                        .withDefaultValue("streamviews.http.second-port", "8082")
                        .build()))
                .contains("http://localhost:8081 and http://localhost:8082")
                .contains("http://localhost:8081/q/swagger-ui")
                .contains("localhost:9092")
                .contains("psql -h db.example -p 5433 -U postgres -d materialized_view_db\n");
    }

    @Test
    void saysNothingOfASecondPortThatIsNotThere() {
        SmallRyeConfig onePort = configuration().build();

        assertThat(DevMain.addresses(onePort)).contains("REST        http://localhost:8081\n");
    }

    private static SmallRyeConfigBuilder configuration() {
        return new SmallRyeConfigBuilder()
                .withDefaultValue("quarkus.http.port", "8081")
                .withDefaultValue(
                        "quarkus.datasource.jdbc.url", "jdbc:postgresql://db.example:5433/materialized_view_db?ssl=no")
                .withDefaultValue("quarkus.datasource.username", "postgres")
                .withDefaultValue("kafka.bootstrap.servers", "localhost:9092");
    }
}
