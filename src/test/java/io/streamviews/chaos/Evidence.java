package io.streamviews.chaos;

/** What the test itself knows of a run: what was answered, what stood in the topics, what went, what was read. */
record Evidence(Ledger ledger, Archive archive, Losses losses, Monitor monitor) {}
