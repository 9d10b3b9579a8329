package io.streamviews.projection;

import io.streamviews.kafka.PartitionLog;
import io.streamviews.projection.Gap.Reason;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a new owner resumes, and the gaps that Kafka has left. Never past what the views hold, except over offsets that
 * the log no longer has; and back at the group's committed offset if that is lower: an operator may have reset it.
 *
 * @param position the one to store and to begin at
 */
record ResumePoint(Position position, List<Gap> gaps) {

    /**
     * @param divergesAt offset from which the log was truncated since it was read, as a consumer has found; null if not
     */
    static ResumePoint of(Position stored, PartitionLog log, Long divergesAt) {
        if (stored.isNew()) {
            return new ResumePoint(stored.of(log.topicId()).at(log.beginning(), log.beginning()), List.of());
        }
        if (stored.topicId() != null && !stored.topicId().equals(log.topicId())) {
            return recreated(stored, log);
        }
        Position known = stored.of(log.topicId());
        // nothing is lost of a log that goes on otherwise behind all that was written
        if (divergesAt != null && divergesAt < Math.max(known.next(), known.seen())) {
            return truncated(known, log, divergesAt);
        }
        // with a leader's epoch the consumer finds out where
        if (known.next() > log.end() && known.leaderEpoch() == null) {
            return truncated(known, log, log.beginning());
        }
        return resumed(known, log);
    }

    private static ResumePoint resumed(Position known, PartitionLog log) {
        long wanted = log.committed() == null ? known.next() : Math.min(known.next(), log.committed());
        long read = Math.max(known.next(), known.seen());
        return new ResumePoint(
                known.at(Math.max(wanted, log.beginning()), Math.max(read, log.beginning())),
                read < log.beginning() ? List.of(removed(log, read)) : List.of());
    }

    private static ResumePoint recreated(Position stored, PartitionLog log) {
        List<Gap> gaps = new ArrayList<>();
        gaps.add(new Gap(
                stored.partition(), stored.topicId(), Reason.RECREATED, Math.max(stored.next(), stored.seen()), null));
        if (log.beginning() > 0) {
            gaps.add(removed(log, 0));
        }
        return new ResumePoint(stored.inAnother(log.topicId(), log.beginning()), gaps);
    }

    /** What was not written yet is read although it stands before where the log is another one. */
    private static ResumePoint truncated(Position known, PartitionLog log, long divergesAt) {
        long read = Math.max(known.next(), known.seen());
        boolean isBehind = read < log.beginning();
        long lost = isBehind ? divergesAt : Math.max(divergesAt, log.beginning());
        List<Gap> gaps = new ArrayList<>();
        gaps.add(new Gap(known.partition(), log.topicId(), Reason.TRUNCATED, lost, read));
        if (isBehind) {
            gaps.add(removed(log, read));
        }
        long from = Math.max(Math.min(divergesAt, known.next()), log.beginning());
        return new ResumePoint(known.in(log.topicId(), from), gaps);
    }

    private static Gap removed(PartitionLog log, long from) {
        return new Gap(log.partition(), log.topicId(), Reason.RETENTION, from, log.beginning());
    }
}
