package io.streamviews.consistency;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.streamviews.rest.Preferences;
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

    private static final String BRIEF = "204";
    private static final String TOO_LATE = "503";
    private static final String TOKEN = "user:17:1";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        Pattern paths =
                Pattern.compile(ConfigProvider.getConfig().getValue("streamviews.consistency.paths", String.class));
        api.getPaths().getPathItems().forEach((path, item) -> document(paths, path, item));
    }

    private static void document(Pattern paths, String path, PathItem item) {
        item.getOperations().forEach((method, operation) -> {
            if (method != HttpMethod.GET && !path.startsWith(OPERATORS) && !isStream(operation)) {
                answers(operation);
                mayBeBrief(method, operation);
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
                                .schema(text(TOKEN)));
            }
        });
    }

    private static void mayBeBrief(HttpMethod method, Operation command) {
        if (method == HttpMethod.DELETE) {
            return;
        }
        command.addParameter(header(
                Preferences.HEADER,
                "return=minimal: the answer is without the entity; wait=1 where there is a Consistency-Token",
                "return=minimal"));
        if (command.getResponses().getAPIResponse(BRIEF) == null && method == HttpMethod.PUT) {
            command.getResponses()
                    .addAPIResponse(
                            BRIEF,
                            OASFactory.createAPIResponse().description("Done, and the client prefers return=minimal"));
        }
    }

    private static Parameter header(String name, String description, String example) {
        return OASFactory.createParameter()
                .name(name)
                .in(Parameter.In.HEADER)
                .required(false)
                .description(description)
                .schema(text(example));
    }

    private static void takes(Operation read) {
        read.addParameter(header(
                ConsistencyToken.HEADER,
                "Of a command's answer, or topic/partition/offset of a record: the read waits until the views hold what"
                        + " that wrote; several with commas between them",
                TOKEN));
        if (read.getParameters().stream()
                .noneMatch(parameter -> parameter.getName().equals(Preferences.HEADER))) {
            read.addParameter(
                    header(Preferences.HEADER, "wait=1: with a Consistency-Token, how many seconds at most", "wait=1"));
        }
        if (read.getResponses().getAPIResponse(TOO_LATE) == null) {
            read.getResponses()
                    .addAPIResponse(
                            TOO_LATE,
                            OASFactory.createAPIResponse()
                                    .description("The views do not hold it in time; or the database is away"));
        }
    }

    private static Schema text(String example) {
        return OASFactory.createSchema().type(List.of(Schema.SchemaType.STRING)).addExample(example);
    }
}
