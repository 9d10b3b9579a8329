package io.streamviews.access;

import io.quarkus.arc.Arc;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;

/**
 * Documents the role that each operation needs, as OpenAPI 3.1 has it: beside the scheme, in the security requirement. The
 * schemes are those by which this process knows clients, so it is done when the document is asked for. Where who says nothing
 * may do it, too, that is one of the alternatives.
 */
@OpenApiFilter(OpenApiFilter.RunStage.RUN)
public class SecurityDocumentation implements OASFilter {

    @Override
    public void filterOpenAPI(OpenAPI api) {
        Map<String, SecurityScheme> schemes = bean(SecuritySchemes.class).all();
        Anonymous anonymous = bean(Anonymous.class);
        if (api.getComponents() == null) {
            api.setComponents(OASFactory.createComponents());
        }
        api.getComponents().setSecuritySchemes(schemes);
        api.getPaths().getPathItems().forEach((path, item) -> item.getOperations()
                .forEach((method, operation) ->
                        operation.setSecurity(needed(Operations.role(method.name(), path), schemes, anonymous))));
    }

    private static List<SecurityRequirement> needed(
            Role role, Map<String, SecurityScheme> schemes, Anonymous anonymous) {
        List<SecurityRequirement> alternatives = new ArrayList<>();
        if (role == Role.ANYONE) {
            return alternatives;
        }
        schemes.keySet()
                .forEach(scheme -> alternatives.add(
                        OASFactory.createSecurityRequirement().addScheme(scheme, List.of(role.text()))));
        if (anonymous.may(role.text())) {
            alternatives.add(OASFactory.createSecurityRequirement());
        }
        return alternatives;
    }

    private static <T> T bean(Class<T> type) {
        return Arc.container().instance(type).get();
    }
}
