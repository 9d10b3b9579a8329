package io.streamviews.rest;

import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What problem documents refer to by their {@code type}. */
@Path("/problems")
@Tag(name = "Problems")
@Produces(MediaType.APPLICATION_JSON)
public class ProblemTypeResource {

    /** @param help what a client can do */
    @RegisterForReflection
    public record Kind(String type, int status, String title, String help) {

        private static Kind of(ProblemType type) {
            return new Kind(type.uri(), type.status(), type.title(), type.help());
        }
    }

    @GET
    public List<Kind> list() {
        return Arrays.stream(ProblemType.values()).map(Kind::of).toList();
    }

    @GET
    @Path("{name}")
    public Kind get(@PathParam("name") String name) {
        return ProblemType.named(name)
                .map(Kind::of)
                .orElseThrow(() -> RefusedException.absent("There is no problem type " + name));
    }
}
