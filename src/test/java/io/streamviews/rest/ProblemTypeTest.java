package io.streamviews.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.streamviews.EmbeddedServersResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedServersResource.class)
class ProblemTypeTest {

    @Test
    void allStandInTheDocumentationWithWhatTheyMean() throws IOException {
        List<String> rows = Files.readAllLines(Path.of(".github", "API.md")).stream()
                .filter(line -> line.startsWith("| `/problems/"))
                .toList();

        assertThat(rows)
                .isEqualTo(Arrays.stream(ProblemType.values())
                        .map(type -> "| `%s` | %d | %s | %s |"
                                .formatted(type.uri(), type.status(), type.title(), type.help()))
                        .toList());
    }

    @Test
    void areInTheApisDescriptionWithEveryErrorAndWithStreams() {
        JsonPath api = given().queryParam("format", "json").get("/q/openapi").jsonPath();

        assertThat(api.getList("components.schemas.Problem.properties.type.enum"))
                .isEqualTo(Arrays.stream(ProblemType.values())
                        .map(ProblemType::uri)
                        .toList());
        assertThat(api.getMap("paths.'/api/users'.post.responses.'422'.content"))
                .containsOnlyKeys(Problem.MEDIA_TYPE);
        assertThat(api.getString("paths.'/api/users/bulk'.post.responses.'200'.content.'application/x-ndjson'.schema"
                        + ".items.'$ref'"))
                .isEqualTo("#/components/schemas/BulkLine");
        assertThat(api.getMap("components.schemas")).containsKeys("BulkLine", "FeedEvent", "RecordLine");
    }

    @ParameterizedTest
    @EnumSource
    void leadToWhatTheyMean(ProblemType type) {
        given().get(type.uri())
                .then()
                .statusCode(200)
                .body("type", equalTo(type.uri()))
                .body("title", equalTo(type.title()))
                .body("help", equalTo(type.help()));
    }

    @ParameterizedTest
    @CsvSource({
        "/problems/none, 404, /problems/not-there",
        "/api/nowhere, 404,",
        "/api/users/999999999, 404, /problems/not-there",
        "/api/users?limit=0, 400, /problems/invalid-fields"
    })
    void tellApartWhatHasTheSameStatus(String path, int status, String type) {
        given().get(path).then().statusCode(status).body("type", equalTo(type));
    }
}
