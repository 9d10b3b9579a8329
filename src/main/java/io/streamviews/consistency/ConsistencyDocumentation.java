package io.streamviews.consistency;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.streamviews.rest.ConsistencyToken;
import java.util.List;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;

/** Documents the consistency token with every command that answers with one and every read that takes one. */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public class ConsistencyDocumentation implements OASFilter {

    private static final String COMMANDS = "/api/(users|posts)(/\\{id[^/]*})?";
    /** They tell what has been committed, and never wait for a write. */
    private static final String FEEDS = "/changes";

    private static final String TOO_LATE = "503";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        api.getPaths().getPathItems().forEach((path, item) -> document(path, item));
    }

    private static void document(String path, PathItem item) {
        item.getOperations().forEach((method, operation) -> {
            boolean command = path.matches(COMMANDS) && method != HttpMethod.GET;
            if (command) {
                answers(operation);
            }
            if (ConsistencyFilter.reads(path, method.name()) && !path.endsWith(FEEDS)) {
                takes(operation);
            }
        });
    }

    private static void answers(Operation command) {
        command.getResponses().getAPIResponses().forEach((status, response) -> {
            if (status.startsWith("2")) {
                response.addHeader(
                        ConsistencyToken.HEADER,
                        OASFactory.createHeader()
                                .description("Makes a read see what was written")
                                .schema(text()));
            }
        });
    }

    private static void takes(Operation read) {
        read.addParameter(OASFactory.createParameter()
                .name(ConsistencyToken.HEADER)
                .in(Parameter.In.HEADER)
                .required(false)
                .description("Of a command's answer: the read waits until the views hold what that wrote")
                .schema(text()));
        if (read.getResponses().getAPIResponse(TOO_LATE) == null) {
            read.getResponses()
                    .addAPIResponse(
                            TOO_LATE,
                            OASFactory.createAPIResponse()
                                    .description("The views do not hold it in time; or the database is away"));
        }
    }

    private static Schema text() {
        return OASFactory.createSchema().type(List.of(Schema.SchemaType.STRING)).addExample("user:17:1");
    }
}
