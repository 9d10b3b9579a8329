package io.streamviews.consistency;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
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

    private static final String OPERATORS = "/api/admin/";
    private static final String STREAM = "application/x-ndjson";
    /** They tell what has been committed, and never wait for a write. */
    private static final String FEEDS = "/changes";

    private static final String TOO_LATE = "503";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        Pattern paths = Pattern.compile(ConfigProvider.getConfig().getValue(ConsistencyFilter.PATHS, String.class));
        api.getPaths().getPathItems().forEach((path, item) -> document(paths, path, item));
    }

    private static void document(Pattern paths, String path, PathItem item) {
        item.getOperations().forEach((method, operation) -> {
            if (method != HttpMethod.GET && !path.startsWith(OPERATORS) && !isStream(operation)) {
                answers(operation);
            }
            if (ConsistencyFilter.reads(paths, path, method.name()) && !path.endsWith(FEEDS)) {
                takes(operation);
            }
        });
    }

    /** One that tells of its tokens in what it says. */
    private static boolean isStream(Operation operation) {
        return operation.getRequestBody() != null
                && operation.getRequestBody().getContent().hasMediaType(STREAM);
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
                .description(
                        "Of a command's answer, or topic/partition/offset of a record: the read waits until the views"
                                + " hold what that wrote; several with commas between them")
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
