package io.streamviews.rest;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;

/**
 * Documents that every error is answered with a problem document, and the types that there are of them; after those that
 * document errors.
 */
@OpenApiFilter(value = OpenApiFilter.RunStage.BUILD, priority = 0)
public class ProblemDocumentation implements OASFilter {

    private static final String NAME = "Problem";
    private static final String ANY_OTHER = "default";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        if (api.getComponents() == null) {
            api.setComponents(OASFactory.createComponents());
        }
        api.getComponents().addSchema(NAME, problem());
        api.getPaths().getPathItems().values().forEach(item -> item.getOperations()
                .values()
                .forEach(ProblemDocumentation::document));
    }

    private static void document(Operation operation) {
        operation.getResponses().getAPIResponses().forEach((status, answer) -> {
            if (status.compareTo("400") >= 0 && !status.equals(ANY_OTHER)) {
                describe(answer);
            }
        });
    }

    private static void describe(APIResponse answer) {
        answer.setContent(OASFactory.createContent()
                .addMediaType(
                        Problem.MEDIA_TYPE,
                        OASFactory.createMediaType()
                                .schema(OASFactory.createSchema().ref(NAME))));
    }

    private static Schema problem() {
        Schema violation = of(Schema.SchemaType.OBJECT)
                .addProperty("field", of(Schema.SchemaType.STRING))
                .addProperty("message", of(Schema.SchemaType.STRING));
        return of(Schema.SchemaType.OBJECT)
                .description("RFC 9457; without a type, the status says what kind of problem it is")
                .addProperty(
                        "type",
                        of(Schema.SchemaType.STRING)
                                .enumeration(Arrays.stream(ProblemType.values())
                                        .<Object>map(ProblemType::uri)
                                        .toList()))
                .addProperty("title", of(Schema.SchemaType.STRING))
                .addProperty("status", of(Schema.SchemaType.INTEGER))
                .addProperty("detail", of(Schema.SchemaType.STRING))
                .addProperty("violations", of(Schema.SchemaType.ARRAY).items(violation))
                .required(List.of("title", "status"));
    }

    private static Schema of(Schema.SchemaType type) {
        return OASFactory.createSchema().type(List.of(type));
    }
}
