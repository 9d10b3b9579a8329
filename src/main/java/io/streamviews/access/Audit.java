package io.streamviews.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.streamviews.postgres.Reason;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.Response;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Keeps what operators ask for, who they are, and what they were answered: in the log, and in {@code public.audit}, where a
 * row is committed before anything is done. What cannot be kept is not done.
 */
public class Audit {

    private static final Logger LOG = Logger.getLogger(Audit.class);
    private static final Pattern OPERATIONS = Pattern.compile("/?api/admin/.*", Pattern.DOTALL);
    private static final String ID = Audit.class.getName();
    private static final int MOST_KEPT = 4_000;

    private static final String BEGIN =
            "INSERT INTO public.audit (who, address, method, target) VALUES ($1, $2, $3, $4) RETURNING id";
    private static final String END = "UPDATE public.audit SET status = $2, body = $3 WHERE id = $1";

    private final Pool pool;
    private final ObjectMapper json;

    Audit(Pool pool, ObjectMapper json) {
        this.pool = pool;
        this.json = json;
    }

    @ServerRequestFilter
    public Uni<Response> begin(ContainerRequestContext request, RoutingContext routing) {
        if (Operations.isSafe(request.getMethod())
                || !OPERATIONS.matcher(request.getUriInfo().getPath()).matches()) {
            return Uni.createFrom().nullItem();
        }
        Context here = Vertx.currentContext();
        Tuple entry = Tuple.of(
                who(routing),
                routing.request().remoteAddress().hostAddress(),
                request.getMethod(),
                bounded(routing.request().uri()));
        return pool.preparedQuery(BEGIN)
                .execute(entry)
                .invoke(rows -> request.setProperty(ID, rows.iterator().next().getLong(0)))
                .emitOn(task -> here.runOnContext(now -> task.run()))
                .replaceWith((Response) null);
    }

    @ServerResponseFilter
    public Uni<Void> end(ContainerRequestContext request, ContainerResponseContext response, RoutingContext routing) {
        Object id = request.getProperty(ID);
        if (id == null) {
            return Uni.createFrom().voidItem();
        }
        String body = body(request.getProperty(AuditedBody.PROPERTY));
        LOG.infof(
                "%s %s %s by %s: %d",
                request.getMethod(),
                bounded(routing.request().uri()),
                body == null ? "" : body,
                who(routing),
                response.getStatus());
        Context here = Vertx.currentContext();
        return pool.preparedQuery(END)
                .execute(Tuple.of(id, response.getStatus(), body))
                .onFailure()
                .invoke(failure -> LOG.warnf("The outcome of audit entry %s is not kept: %s", id, Reason.of(failure)))
                .onFailure()
                .recoverWithNull()
                .emitOn(task -> here.runOnContext(now -> task.run()))
                .replaceWithVoid();
    }

    /** The name of who sends a request that has passed. */
    public static String who(RoutingContext routing) {
        return routing.user() instanceof QuarkusHttpUser user
                ? user.getSecurityIdentity().getPrincipal().getName()
                : "anonymous";
    }

    private String body(Object entity) {
        try {
            return entity == null ? null : bounded(json.writeValueAsString(entity));
        } catch (JsonProcessingException e) {
            return bounded(entity.toString());
        }
    }

    private static String bounded(String text) {
        String kept = text.length() <= MOST_KEPT ? text : text.substring(0, MOST_KEPT) + "…";
        return kept.replace('\0', ' ');
    }
}
