package io.streamviews.admin;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.admin.TopicExtents.Extent;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The topics that the views are kept from; their records are at {@link RecordsRoute}. */
@Path("/api/admin/topics")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class TopicResource {

    private final TopicExtents extents;
    private final String group;

    TopicResource(TopicExtents extents, @ConfigProperty(name = "quarkus.kafka-streams.application-id") String group) {
        this.extents = extents;
        this.group = group;
    }

    /** The names of the topics. */
    @GET
    public List<String> list() {
        return extents.topics();
    }

    /** From where to where a topic goes, and where reading from {@code from} on would begin. */
    @GET
    @Path("{topic}")
    public Uni<Description> get(
            @PathParam("topic") String topic,
            @QueryParam("from")
                    @Parameter(description = "earliest, latest, an offset, or a time in ISO-8601; earliest if absent")
                    String from,
            @QueryParam("partition") @Parameter(description = "all if absent") String partition) {
        return extents.of(topic, from, partition).map(found -> new Description(topic, group, found));
    }

    /** @param group the consumer group that keeps the views */
    @RegisterForReflection
    record Description(String topic, String group, List<Extent> partitions) {}
}
