package io.streamviews.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.streamviews.access.Audited;
import io.streamviews.projection.deadletter.DeadLetterSelection;
import io.streamviews.projection.deadletter.DeadLetters;
import io.streamviews.projection.deadletter.DeadLetters.Retried;
import io.streamviews.projection.deadletter.RecordCoordinates;
import io.streamviews.projection.deadletter.StoredDeadLetter;
import io.streamviews.rest.PageRequest;
import io.streamviews.rest.Pages;
import io.streamviews.rest.RefusedException;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The events that could not be applied: look at them, try them again, do without them. */
@Audited
@Path("/api/admin/dead-letters")
@Tag(name = "Operations")
@Produces(MediaType.APPLICATION_JSON)
@EndpointDisabled(name = "streamviews.views.enabled", stringValue = "false")
public class DeadLetterResource {

    private static final String PLACE = "{topic}/{partition: \\d+}/{offset: \\d+}";
    private static final int MOST_SHOWN = 65_536;

    private final DeadLetters letters;

    DeadLetterResource(DeadLetters letters) {
        this.letters = letters;
    }

    /** Pages by topic, partition and offset. {@code error} is a part of the error, {@code key} the record's key as text. */
    @GET
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(type = SchemaType.ARRAY, implementation = Entry.class)))
    public Uni<Response> list(
            @QueryParam("topic") String topic,
            @QueryParam("partition") String partition,
            @QueryParam("key") String key,
            @QueryParam("error") String error,
            @QueryParam("state") @Schema(implementation = StoredDeadLetter.State.class) String state,
            @BeanParam PageRequest page) {
        DeadLetterSelection selection = new DeadLetterSelection(
                topic,
                number("partition", partition, Integer::valueOf),
                key,
                error,
                DeadLetterRequest.states(state),
                null);
        return letters.list(selection, after(page.afterText()), page.bound())
                .map(read -> Pages.page(page, read, StoredDeadLetter::place, Entry::of));
    }

    /** A dead letter with its payload, as text if it is one, and as bytes: the first 64 KiB, if there are more. */
    @GET
    @Path(PLACE)
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = Opened.class)))
    public Uni<Opened> get(
            @PathParam("topic") String topic, @PathParam("partition") int partition, @PathParam("offset") long offset) {
        return find(new RecordCoordinates(topic, partition, offset), MOST_SHOWN).map(Opened::of);
    }

    /** All bytes of a dead letter's payload; none (204) for a Kafka tombstone. */
    @GET
    @Path(PLACE + "/payload")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    @APIResponse(responseCode = "200")
    public Uni<byte[]> payload(
            @PathParam("topic") String topic, @PathParam("partition") int partition, @PathParam("offset") long offset) {
        return find(new RecordCoordinates(topic, partition, offset), Integer.MAX_VALUE)
                .map(StoredDeadLetter.WithPayload::payload);
    }

    private Uni<StoredDeadLetter.WithPayload> find(RecordCoordinates place, int mostBytes) {
        return letters.find(place, mostBytes)
                .onItem()
                .ifNull()
                .failWith(() -> RefusedException.absent("Dead letter " + place + " does not exist"));
    }

    /**
     * Applies dead letters again, those of a key in their order; those that can be applied now are no dead letters any
     * more. Never overwrites what is newer.
     */
    @POST
    @Path("retry")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Retried> retry(@NotNull @Valid DeadLetterRequest request) {
        return letters.retry(request.selection());
    }

    /** Marks dead letters as discarded, for a reason. They are kept, also by a rebuild, and can still be retried. */
    @POST
    @Path("discard")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Discarded> discard(@NotNull @Valid DeadLetterRequest request) {
        return letters.discard(request.selection(), request.reason()).map(Discarded::new);
    }

    private static RecordCoordinates after(String after) {
        if (after == null) {
            return null;
        }
        String[] parts = after.split("/");
        if (parts.length != 3) {
            throw RefusedException.violation("after", "must be topic/partition/offset");
        }
        return new RecordCoordinates(
                parts[0], number("after", parts[1], Integer::valueOf), number("after", parts[2], Long::valueOf));
    }

    private static <T> T number(String name, String text, Function<String, T> parse) {
        try {
            return text == null ? null : parse.apply(text);
        } catch (NumberFormatException notANumber) {
            throw RefusedException.violation(name, "must be a whole number");
        }
    }

    /** A dead letter in a list; fields without a value are left out. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(
            String topic,
            int partition,
            long offset,
            String key,
            String keyBase64,
            Integer payloadBytes,
            String error,
            String view,
            String row,
            int attempts,
            Instant eventAt,
            Instant failedAt,
            StoredDeadLetter.State state,
            String reason,
            Instant discardedAt) {

        static Entry of(StoredDeadLetter letter) {
            return new Entry(
                    letter.place().topic(),
                    letter.place().partition(),
                    letter.place().offset(),
                    RecordText.text(letter.key()),
                    RecordText.base64UnlessText(letter.key()),
                    letter.payloadBytes(),
                    letter.error(),
                    letter.baseView(),
                    letter.rowKey(),
                    letter.attempts(),
                    letter.eventAt(),
                    letter.failedAt(),
                    letter.state(),
                    letter.reason(),
                    letter.discardedAt());
        }
    }

    /** One dead letter. What is truncated is so in text and base64; {@code payloadBytes} says how much there is. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Opened(@JsonUnwrapped Entry entry, boolean truncated, String payload, String payloadBase64) {

        static Opened of(StoredDeadLetter.WithPayload found) {
            return new Opened(
                    Entry.of(found.letter()),
                    found.isTruncated(),
                    RecordText.text(found.payload(), found.isTruncated()),
                    RecordText.base64(found.payload()));
        }
    }

    @RegisterForReflection
    record Discarded(int discarded) {}
}
