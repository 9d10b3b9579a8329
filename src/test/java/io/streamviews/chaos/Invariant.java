package io.streamviews.chaos;

/** What must hold, whatever has happened to the processes, the servers and the ways between them. */
enum Invariant {
    ACCEPTED_ONCE(1, "every accepted command is in the event log and in the views, once"),
    LOSSES_NAMED(2, "every loss that Kafka caused is named in projection_gap, and nothing else is"),
    VIEWS_AGREE(3, "base views stand a deep verification, derived views are as they are defined"),
    NEVER_OLDER(4, "nobody read an older version after a newer one, or missed what a token named"),
    LEVEL_AND_HEALTHY(5, "all is level and healthy soon after the last fault"),
    NOTHING_HALF_DONE(6, "a command without an answer is done in all places or in none");

    private final int number;
    private final String sentence;

    Invariant(int number, String sentence) {
        this.number = number;
        this.sentence = sentence;
    }

    @Override
    public String toString() {
        return "(%d) %s".formatted(number, sentence);
    }
}
