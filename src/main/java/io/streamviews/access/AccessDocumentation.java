package io.streamviews.access;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

/** Documents the role that each operation needs, as OpenAPI 3.1 has it: beside the scheme, in the security requirement. */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public class AccessDocumentation implements OASFilter {

    private static final String SCHEME = "token";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        if (api.getComponents() == null) {
            api.setComponents(OASFactory.createComponents());
        }
        api.getComponents()
                .addSecurityScheme(
                        SCHEME,
                        OASFactory.createSecurityScheme()
                                .type(SecurityScheme.Type.HTTP)
                                .scheme("bearer")
                                .description("A token of the identity provider, or of the application's own settings"));
        api.getPaths().getPathItems().forEach((path, item) -> item.getOperations()
                .forEach((method, operation) -> needs(operation, Operations.role(method.name(), path))));
    }

    private static void needs(Operation operation, Role role) {
        operation.setSecurity(null);
        if (role == Role.ANYONE) {
            operation.setSecurity(List.of());
            return;
        }
        operation.addSecurityRequirement(
                OASFactory.createSecurityRequirement().addScheme(SCHEME, List.of(role.text())));
        answers(operation, "401", "The client has not said who it is, or is not known");
        answers(operation, "403", "The client has not the role " + role.text());
    }

    private static void answers(Operation operation, String status, String description) {
        if (operation.getResponses().getAPIResponse(status) == null) {
            operation
                    .getResponses()
                    .addAPIResponse(status, OASFactory.createAPIResponse().description(description));
        }
    }
}
