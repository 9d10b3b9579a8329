#!/usr/bin/env bash
# Shows the events of a topic, or has a running application read them again into its views. -h explains.
set -euo pipefail

name=${0##*/}
url=${STREAMVIEWS_URL:-http://localhost:8082}
topic='' from='' group='' partition='' yes=''

usage() {
  cat <<EOF
Usage: $name -t TOPIC [-o FROM]            print a topic's events: key, time, partition, offset, payload
       $name -t TOPIC -r GROUP [-o FROM]   have the views read them again, while everything goes on

  -t, --topic TOPIC        user-events, post-events, or any other that views are kept from
  -o, --offset FROM        earliest (default), latest, an offset, or a time such as 2026-11-24T08:00:00Z
  -r, --reset-group GROUP  the application's consumer group: post-service-streams, or streamviews (profile projection)
  -p, --partition N        this partition only
  -s, --servers HOST:PORT  where the application (not Kafka) answers; also a URL. Default: \$STREAMVIEWS_URL, or
                           http://localhost:8082
  -y, --yes                do not ask before reading again
  -h, --help               this

Sends the token in \$STREAMVIEWS_TOKEN, if there is one: where operators have to say who they are, it must be an operator's.
Events are printed up to the end of the topic as it is now. Reading again changes nothing that is right: it brings back
what is missing in the views, and nobody has to stop. Needs bash and curl.
EOF
}

. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/application.sh"

while (($#)); do
  option=$1
  case $option in
    -h | --help) usage; exit 0 ;;
    -y | --yes) yes=1; shift; continue ;;
    -t | --topic | -o | --offset | -r | --reset-group | -p | --partition | -s | --servers) ;;
    -*) misused "there is no option $option" ;;
    *) misused "unexpected argument '$option'" ;;
  esac
  (($# > 1)) && [[ -n $2 && ($2 != -* || $option == -o || $option == --offset) ]] || misused "$option needs a value"
  case $option in
    -t | --topic) topic=$2 ;;
    -o | --offset) from=$2 ;;
    -r | --reset-group) group=$2 ;;
    -p | --partition) partition=$2 ;;
    -s | --servers) url=$2 ;;
  esac
  shift 2
done

[[ -n $topic ]] || misused '-t TOPIC is missing'
[[ $topic =~ ^[A-Za-z0-9._-]+$ ]] || misused "'$topic' is no topic's name"
[[ -z $partition || $partition =~ ^[0-9]{1,9}$ ]] || misused "'$partition' is no partition's number"
from=${from:-earliest}
[[ $from =~ ^(earliest|latest|[0-9]{1,18}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?)$ ]] ||
  misused "-o is earliest, latest, an offset, or a time such as 2026-11-24T08:00:00Z, not '$from'"
# Without leading zeros, which JSON does not know.
[[ -z $partition ]] || partition=$((10#$partition))
[[ ! $from =~ ^[0-9]+$ ]] || from=$((10#$from))
[[ $url == *://* ]] || url=http://$url
url=${url%/}

query="from=${from//+/%2B}${partition:+&partition=$partition}"
ask "$url/api/admin/topics/$topic?$query"

if [[ -z $group ]]; then
  [[ -t 1 ]] && printf 'KEY\tTIME\tPARTITION\tOFFSET\tPAYLOAD\n' >&2
  outcome=0
  call -sSNf -H 'Accept: text/plain' "$url/api/admin/topics/$topic/records?$query" 2>/dev/null || outcome=$?
  case $outcome in
    0) exit 0 ;;
    22) fail 'the application refuses just now, as others are reading; try again' ;;
    23) exit 0 ;; # whoever reads our output has seen enough
    *) fail "the application broke off before the end (curl says $outcome)" ;;
  esac
fi

[[ $from != latest ]] || misused 'from latest on there is nothing to read again'
[[ $group == "$(text group)" ]] || fail "the views are kept by the group $(text group), not by '$group'"

if [[ -z $yes ]]; then
  read -r -p "Read $topic again from $from${partition:+, partition $partition only}? [y/N] " reply || reply=''
  [[ $reply == [yY] || $reply == [yY][eE][sS] ]] || fail 'nothing done'
fi

if [[ $from == earliest ]]; then
  begin='"earliest"'
elif [[ $from =~ ^[0-9]+$ ]]; then
  begin="{\"offset\":$from}"
else
  begin="{\"timestamp\":\"$from\"}"
fi
body="{\"topic\":\"$topic\",\"from\":$begin${partition:+,\"partitions\":[$partition]}}"
ask -X POST -H 'Content-Type: application/json' -d "$body" "$url/api/admin/replays"
id=$(number id) || fail "the application's answer is not understood: $answer"

bar() { # done, total
  local width=40 filled full empty
  filled=$(($2 ? width * $1 / $2 : width))
  printf -v full '%*s' "$filled" ''
  printf -v empty '%*s' $((width - filled)) ''
  printf '[%s%s] %3d %%  %d of %d events' "${full// /#}" "${empty// /-}" $(($2 ? 100 * $1 / $2 : 100)) "$1" "$2"
}

begun=$SECONDS
while :; do
  ask "$url/api/admin/replays/$id"
  done=$(number eventsDone) total=$(number eventsTotal) state=$(text state)
  if [[ -t 1 ]]; then printf '\r%s' "$(bar "$done" "$total")"; fi
  [[ $state == RUNNING ]] || break
  sleep 0.5
done
if [[ -t 1 ]]; then printf '\n'; else printf '%s\n' "$(bar "$done" "$total")"; fi
[[ $state == DONE ]] || fail "the replay ended as $state"
printf 'Read again: %d events in %d s\n' "$total" $((SECONDS - begun))
