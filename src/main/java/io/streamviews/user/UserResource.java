package io.streamviews.user;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.CommandAnswers;
import io.streamviews.eventlog.Transactions;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.History;
import io.streamviews.rest.IdempotencyKey;
import io.streamviews.rest.Moment;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.Precondition;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Versioned;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Users, as commands leave them. */
@Path("/api/users")
@Tag(name = "Users")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.user.enabled", stringValue = "false")
public class UserResource {

    private final UserCommands commands;
    private final Transactions transactions;
    private final History history;
    private final PastUsers past;
    private final UserList list;

    UserResource(UserCommands commands, Transactions transactions, History history, PastUsers past, UserList list) {
        this.commands = commands;
        this.transactions = transactions;
        this.history = history;
        this.past = past;
        this.list = list;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(responseCode = "201", description = "Created")
    @APIResponse(responseCode = "409", description = "The first request with this Idempotency-Key is being worked on")
    @APIResponse(responseCode = "422", description = "The Idempotency-Key was used for another request")
    public Uni<Response> create(
            @NotNull @Valid UserRequest request,
            @HeaderParam(IdempotencyKey.HEADER)
                    @Parameter(
                            description = "Of this very request, so that it can be sent again; a string that nobody can"
                                    + " guess, such as a UUID in quotation marks")
                    String key,
            @Context UriInfo uri) {
        return commands.create(request, IdempotencyKey.of(key))
                .map(user -> CommandAnswers.created(
                        uri, UserEvent.AGGREGATE, user.value().id(), user));
    }

    /** A user as it is now, or as it was in a version or at an instant. */
    @GET
    @Path("{id: \\d+}")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = UserData.class)))
    public Uni<Response> get(
            @PathParam("id") long id, @BeanParam Moment moment, @BeanParam ConditionalHeaders condition) {
        Precondition expected = condition.parse();
        OptionalLong version = moment.version();
        Uni<Versioned<UserData>> user = version.isPresent()
                ? past.inVersion(id, version.getAsLong())
                : moment.at().map(at -> past.at(id, at)).orElseGet(() -> current(id));
        return user.map(found -> Representations.ok(expected, found));
    }

    private Uni<Versioned<UserData>> current(long id) {
        return transactions.read(() -> User.get(id)).map(User::versioned);
    }

    @GET
    public Uni<Response> list(@BeanParam PageRequest page) {
        return list.after(page.after(), page.bound())
                .map(users -> Pages.page(page, users, user -> user.value().id(), user -> user));
    }

    @PUT
    @Path("{id: \\d+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = UserData.class)))
    public Uni<Response> update(
            @PathParam("id") long id, @NotNull @Valid UserRequest request, @BeanParam ConditionalHeaders condition) {
        return commands.update(id, request, condition.parse())
                .map(user -> CommandAnswers.written(UserEvent.AGGREGATE, id, user));
    }

    @DELETE
    @Path("{id: \\d+}")
    public Uni<Response> delete(@PathParam("id") long id, @BeanParam ConditionalHeaders condition) {
        return commands.delete(id, condition.parse())
                .map(version -> CommandAnswers.deleted(UserEvent.AGGREGATE, id, version));
    }

    /** Everything that happened to a user, also to a deleted one, as it was published; pages by version. */
    @GET
    @Path("{id: \\d+}/events")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = UserEvent.class)))
    public Uni<Response> history(@PathParam("id") long id, @BeanParam PageRequest page) {
        return history.page(UserEvent.AGGREGATE, "User", id, page);
    }
}
