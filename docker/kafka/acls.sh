#!/usr/bin/env bash
# What the two services need of a Kafka that allows nothing by itself, and no more. Needs Kafka's kafka-acls.sh, in the PATH
# or in KAFKA_ACLS; further arguments go to it (--command-config admin.properties). Principals, topics and the group are those
# below unless the environment says otherwise.
#
#   BOOTSTRAP_SERVERS=kafka:9092 docker/kafka/acls.sh --command-config admin.properties
set -euo pipefail

user_service=${USER_SERVICE:-User:user-service}
post_service=${POST_SERVICE:-User:post-service}
user_events=${USER_EVENTS:-user-events}
post_events=${POST_EVENTS:-post-events}
group=${GROUP:-post-service-streams}
others=("$@")

allow() {
    local principal=$1
    shift
    "${KAFKA_ACLS:-kafka-acls.sh}" --bootstrap-server "${BOOTSTRAP_SERVERS:-localhost:9092}" ${others[@]+"${others[@]}"} \
        --add --allow-principal "$principal" "$@"
}

# Either service publishes all events when its relay is the active one, and makes the topics if they are not there: Create can
# be left out where somebody else has made them. Write includes Describe, and is what an idempotent producer needs.
for service in "$user_service" "$post_service"; do
    allow "$service" --topic "$user_events" --topic "$post_events" --operation Create --operation Write
done

# The post service, or one process that is both, reads them: the projection in its group; rebuilds, verifications, live feeds
# and the records that operators look at in none.
# An erasure's certificate says by when a topic is compacted, so it looks at how it is set.
allow "$post_service" --topic "$user_events" --topic "$post_events" --operation Read --operation DescribeConfigs
allow "$post_service" --group "$group" --operation Read
