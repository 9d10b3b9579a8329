package io.streamviews.rebuild;

import io.smallrye.mutiny.Uni;
import io.streamviews.projection.generation.CarryOver;
import io.streamviews.projection.generation.Generations;
import io.streamviews.projection.generation.RefusedGenerationException;
import io.streamviews.rest.RefusedException;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Brings the former generation back, in one transaction; the one that was rebuilt takes its place as the former one.
 * What has been granted, revoked or bound to the views since then holds for it, too, or it is not brought back. The
 * live tasks are fenced within a second or two, and go on from the former generation's own positions.
 */
@ApplicationScoped
class RollBack {

    private static final long HOLD_MS = 5_000;

    private final Pool pool;
    private final Rebuilds rebuilds;

    RollBack(Pool pool, Rebuilds rebuilds) {
        this.pool = pool;
        this.rebuilds = rebuilds;
    }

    /**
     * Fails (404) if there is no such rebuild, (409) if it is not the last one that is done, another one has begun, it is
     * already rolled back, or of a release whose views had other tables, or what has been made since then could not be taken along.
     */
    Uni<Rebuild> of(long id) {
        return rebuilds.find(id).flatMap(found -> pool.withTransaction(client -> rollBack(client, found)));
    }

    private static Uni<Rebuild> rollBack(SqlConnection client, Rebuild found) {
        return CarryOver.hold(client, HOLD_MS)
                .chain(() -> Generations.holdBatches(client, HOLD_MS))
                .chain(() -> Rebuilds.holdOthers(client))
                .chain(() -> Rebuilds.rolledBack(client, found.id()))
                .flatMap(rolledBack -> Generations.exists(client, Generations.PREVIOUS)
                        .map(there -> rolledBack
                                .filter(rebuild -> there)
                                .orElseThrow(() -> RefusedException.conflict(
                                        "Rebuild %d is %s: only the last one that is done can be rolled back, until another one begins"
                                                .formatted(found.id(), found.state())))))
                .call(() ->
                        Generations.isMadeOfFiles(client, Generations.PREVIOUS).invoke(RollBack::refuseUnless))
                .call(() -> Generations.replace(client, Generations.PREVIOUS))
                .call(() -> CarryOver.wanted(client, Generations.PREVIOUS)
                        .call(() -> Generations.rollBack(client))
                        .flatMap(live -> CarryOver.complete(client, live)))
                .onFailure(RefusedGenerationException.class)
                .transform(refused -> RefusedException.conflict(refused.getMessage()))
                .onFailure(CarryOver::isLostRace)
                .transform(busy -> RefusedException.conflict("Somebody is changing the views just now; try again"));
    }

    private static void refuseUnless(boolean isMadeOfFiles) {
        if (!isMadeOfFiles) {
            throw RefusedException.conflict("The former generation is one of an older release; rebuild instead");
        }
    }
}
