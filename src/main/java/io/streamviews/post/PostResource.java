package io.streamviews.post;

import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.streamviews.consistency.CommandAnswers;
import io.streamviews.eventlog.Transactions;
import io.streamviews.post.PostRequest.Creation;
import io.streamviews.rest.ConditionalHeaders;
import io.streamviews.rest.History;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Preferences;
import io.streamviews.rest.Representations;
import io.streamviews.rest.Versioned;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.groups.ConvertGroup;
import jakarta.validation.groups.Default;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;

/** Posts, as commands leave them, with their authors' data as the views know it. */
@Path("/api/posts")
@Tag(name = "Posts")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.post.enabled", stringValue = "false")
public class PostResource {

    private static final Logger LOG = Logger.getLogger(PostResource.class);

    private final PostCommands commands;
    private final Transactions transactions;
    private final Authors authors;
    private final AuthorWait authorWait;
    private final History history;

    PostResource(
            PostCommands commands, Transactions transactions, Authors authors, AuthorWait authorWait, History history) {
        this.commands = commands;
        this.transactions = transactions;
        this.authors = authors;
        this.authorWait = authorWait;
        this.history = history;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(
            responseCode = "201",
            description = "Created",
            content = @Content(schema = @Schema(implementation = AuthoredPost.class)))
    @APIResponse(responseCode = "422", description = "The author is not known")
    public Uni<Response> create(
            @NotNull @Valid @ConvertGroup(from = Default.class, to = Creation.class) PostRequest request,
            @Context UriInfo uri) {
        return authorWait
                .find(request.authorId())
                .chain(author -> commands.create(request).map(post -> with(post, author)))
                .map(post -> CommandAnswers.created(
                        uri, PostEvent.AGGREGATE, post.value().id(), post));
    }

    @GET
    @Path("{id: \\d+}")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = AuthoredPost.class)))
    public Uni<Response> get(@PathParam("id") long id) {
        return transactions
                .read(() -> Post.get(id))
                .chain(post -> withAuthor(post.versioned()))
                .map(Representations::ok);
    }

    @PUT
    @Path("{id: \\d+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = AuthoredPost.class)))
    @APIResponse(
            responseCode = "204",
            description = "Done, and the client prefers return=minimal, or the author's data cannot be read now")
    public Uni<Response> update(
            @PathParam("id") long id,
            @NotNull @Valid PostRequest request,
            @BeanParam ConditionalHeaders condition,
            @Context HttpHeaders headers) {
        return commands.update(id, request, condition.parse())
                .chain(post -> Preferences.areBrief(headers.getRequestHeaders())
                        ? Uni.createFrom().item(brief(post))
                        : withAuthor(post)
                                .map(authored -> CommandAnswers.written(PostEvent.AGGREGATE, id, authored))
                                .onFailure()
                                .recoverWithItem(failure -> {
                                    LOG.debug("A post is changed, and its author cannot be read", failure);
                                    return brief(post);
                                }));
    }

    /** What has taken effect is no failure. */
    private static Response brief(Versioned<PostData> post) {
        return CommandAnswers.written(PostEvent.AGGREGATE, post.value().id(), post.version());
    }

    @DELETE
    @Path("{id: \\d+}")
    public Uni<Response> delete(@PathParam("id") long id, @BeanParam ConditionalHeaders condition) {
        return commands.delete(id, condition.parse())
                .map(version -> CommandAnswers.deleted(PostEvent.AGGREGATE, id, version));
    }

    /** Everything that happened to a post, also to a deleted one, as it was published; pages by version. */
    @GET
    @Path("{id: \\d+}/events")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = PostEvent.class)))
    public Uni<Response> history(@PathParam("id") long id, @BeanParam PageRequest page) {
        return history.page(PostEvent.AGGREGATE, "Post", id, page);
    }

    private Uni<Versioned<AuthoredPost>> withAuthor(Versioned<PostData> post) {
        return authors.find(post.value().authorId()).map(author -> with(post, author.orElse(null)));
    }

    private static Versioned<AuthoredPost> with(Versioned<PostData> post, Author author) {
        return new Versioned<>(AuthoredPost.of(post.value(), author), post.version());
    }
}
