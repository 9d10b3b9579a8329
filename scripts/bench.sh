#!/usr/bin/env bash
# Measures Streamviews on this machine, with a broker and a PostgreSQL of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'USAGE'
Usage: scripts/bench.sh projection|shapes|end-to-end|relay|access|mixed|rebuild|views|console|start [options]

  projection   Kafka to PostgreSQL: catching up with a full topic, and latency at steady rates, against the raw limit of
               the same upserts and a bare loop that consumes and writes the same. Prints a table and
               writes target/bench/projection.json.
    --events N       events in the topic                       (750000)
    --updates S      share of them that are updates, 0 to 1    (0.3333)
    --partitions N   partitions of each topic                  (6)
    --threads N      stream threads of the application         (2)
    --raw N          connections of the raw limit; 0: none    (2)
    --bare N         threads of the bare loop; 0: none        (2)
    --latency S      seconds of each steady rate; 0: none     (20)
    --warm-up S      of it that are not counted, before       (30)
    --jvm "OPTIONS"  of the application                        (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  shapes       Catching up with a topic of each kind, by a view file: four columns, ten of other types, a key of two columns,
               Debezium's envelope. Prints a table and writes target/bench/shapes.json.
    --events N       in each topic                            (400000)
    --partitions N   of each topic                            (6)
    --threads N      stream threads of the application        (2)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  end-to-end   Requests to views: a stream of users by the bulk endpoint right after the start, then single requests, then
               the stream again, each until the last row is in the views; against the raw limit of the same inserts and
               a bare endpoint. Prints a table, draws the views' lag, and writes target/bench/end-to-end.json.
    --users N        of the stream                            (500000)
    --seconds S      of single requests                       (30)
    --warm-up S      of them that are not counted, before     (120)
    --connections N  that send single requests                (64)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  relay        The event log to Kafka, by our relay and then by Debezium with the connector of docker/debezium, the same
               events each: catching up with a full log, then one transaction an event at a steady rate. Writes
               target/bench/relay.json.
    --events N       in the log, for each                     (500000)
    --rate N         events a second, then                    (1000)
    --latency S      seconds of them                          (20)
    --warm-up S      of them that are not counted, before     (20)
    --jvm "OPTIONS"  of the application, and of Connect       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  access       What TLS and a token cost: single requests with neither, with one and with both, in turns, to one process; the
               median of the rounds' ratios. Writes target/bench/access.json.
    --rounds N       of all four                              (5)
    --seconds S      of each, in each round                   (10)
    --warm-up S      before, without and with both            (30)
    --connections N  that send requests                       (64)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  mixed        Users created (70 %), changed (20 %) and deleted (10 %) by many clients while the broker is stopped and
               started again; then whether every command that was accepted is in the log and in the views, once. Writes
               target/bench/mixed.json.
    --seconds N      of load                                  (120)
    --outage N       seconds without the broker               (20)
    --posts S        share of the commands that are on posts  (0)
    --connections N  that send requests                       (64)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  rebuild      A rebuild of all views while updates go on, a client reads and another creates users: failed reads,
               versions that went back, the longest time from a POST to its row, its speed with nothing beside it against
               the live projection's on the same topics and a raw COPY of the same rows, whether the views are right in
               the end, and then the roll-back. Writes target/bench/rebuild.json.
    --users N        in the topic                             (500000)
    --posts N        in the topic                             (100000)
    --alone N        rebuilds with nothing beside them, whose median counts (5)
    --updates N      a second, meanwhile                      (500)
    --reads N        a second, meanwhile; 0: each when the one before is answered (100)
    --warm-up S      of updates, reads and new users, before  (120)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  views        What people read: each list's latency, and the blocks of PostgreSQL that a request touches; then a deep
               verification. Writes target/bench/views.json, and the plan of each list's query to target/bench/plans.txt.
    --users N        in the views                             (500000)
    --posts N        in the views                             (1000000)
    --seconds S      of each list, after as many to warm up   (5)
    --connections N  that read                                (4)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  console      What an open console costs the application: its processor time under steady updates, without and with clients that
               take every snapshot, in turns. Writes target/bench/console.json.
    --clients N      at once                                  (10)
    --updates N      a second                                 (500)
    --rounds N       of both                                  (3)
    --seconds S      of each                                  (20)
    --warm-up S      with clients, before                     (60)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)

  start        Without and with an AOT cache, in turns, medians: from the process to ready, memory at rest, the first
               seconds of catching up with a full topic, memory after them. Needs Java 25 (JAVA_HOME). Writes target/bench/start.json.
    --rounds N       of both                                  (3)
    --events N       in the topic                             (1000000)
    --seconds S      of catching up                           (10)
    --jvm "OPTIONS"  of the application                       (-Xmx512m -Xmn256m -XX:+UseParallelGC)
USAGE
}

package=()
case "${1:-}" in
    projection) main=io.streamviews.bench.ProjectionBench ;;
    shapes) main=io.streamviews.bench.ShapesBench ;;
    end-to-end) main=io.streamviews.bench.EndToEndBench ;;
    relay) main=io.streamviews.bench.RelayBench ;;
    access) main=io.streamviews.bench.AccessBench ;;
    mixed) main=io.streamviews.bench.MixedBench ;;
    rebuild) main=io.streamviews.bench.RebuildBench ;;
    views) main=io.streamviews.bench.ViewsBench ;;
    console) main=io.streamviews.bench.ConsoleBench ;;
    start)
        main=io.streamviews.bench.StartBench
        package=(-Dquarkus.package.jar.appcds.enabled=true -Dquarkus.package.jar.appcds.use-aot=true) ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac
shift

./mvnw -B -q package -DskipTests ${package[@]+"${package[@]}"}
./mvnw -B -q dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx2g -cp "target/test-classes:target/classes:$(cat target/bench.classpath)" \
    -Djava.util.logging.manager=org.jboss.logmanager.LogManager "$main" "$@"
