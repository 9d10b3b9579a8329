package io.streamviews.rest;

import jakarta.ws.rs.core.EntityTag;
import java.util.List;

/** A request that is refused for a reason its sender can do something about; answered with a problem document. */
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    private RefusedException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    /** 400: a parameter or field breaks a rule. */
    public static RefusedException violation(String field, String message) {
        return new RefusedException(Problem.of(List.of(new Problem.Violation(field, message))));
    }

    /** Whatever the type says. */
    public static RefusedException of(ProblemType type, String detail) {
        return new RefusedException(Problem.of(type, detail));
    }

    /** 401: it is for some clients only, and this one has not said who it is. */
    public static RefusedException unknownClient(String detail) {
        return new RefusedException(Problem.of(401, detail));
    }

    /** 403: it is for other clients. */
    public static RefusedException forbidden(String detail) {
        return new RefusedException(Problem.of(ProblemType.ROLE_NEEDED, detail));
    }

    /** 404. */
    public static RefusedException unknown(String what, Object id) {
        return absent(what + " " + id + " does not exist");
    }

    /** 404: there is nothing of the kind, and why. */
    public static RefusedException absent(String detail) {
        return of(ProblemType.NOT_THERE, detail);
    }

    /** 429: too many are at it already. */
    public static RefusedException busy(String detail) {
        return new RefusedException(Problem.of(429, detail));
    }

    /** 408: more of the request has not come in time. */
    public static RefusedException late(String detail) {
        return new RefusedException(Problem.of(408, detail));
    }

    /** 409: it cannot be done while something else is under way. */
    public static RefusedException conflict(String detail) {
        return of(ProblemType.NOT_IN_THIS_STATE, detail);
    }

    /** 410: there was such a thing, and will not be again. */
    public static RefusedException gone(String detail) {
        return new RefusedException(Problem.of(410, detail));
    }

    /** 412: the request is meant for another version than the current one. */
    static RefusedException stale(String header, EntityTag found) {
        String tag = (found.isWeak() ? "W/" : "") + '"' + found.getValue() + '"';
        return new RefusedException(Problem.of(412, header + " does not allow what there is: found " + tag));
    }

    /** 503: it can be done soon; the answer says when to try again. */
    public static RefusedException unavailable(String detail) {
        return new RefusedException(Problem.of(503, detail));
    }

    Problem problem() {
        return problem;
    }
}
