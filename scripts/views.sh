#!/usr/bin/env bash
# Shows what other view files change before people read it, and exchanges the views. -h explains.
set -euo pipefail

name=${0##*/}
url=${STREAMVIEWS_URL:-http://localhost:8082}
misuse=64
drops=false

usage() {
  cat <<EOF
Usage: $name plan       build the views that this instance's files make beside the live ones, say what changes for readers,
                        and drop them: nothing has changed. Ends with 0 if nothing would change, with 2 if something would.
                        As with every rebuild that begins, rollback has nothing to bring back afterwards
       $name apply      have people read them: the rebuild that is held for approval, else a new one
       $name status     the last rebuild, and what it changes
       $name rollback   bring the views back that were read before the last rebuild

  -s, --servers HOST:PORT  where an instance with the new files answers; also a URL. Default: \$STREAMVIEWS_URL, or
                           http://localhost:8082
  -d, --drop-removed VIEW  a rebuild that plan or apply begins does without what the topics do not hold any more of these
                           base views, with commas between; true: of all
  -h, --help               this

All else that goes wrong ends with 1, and a wrong call with $misuse. Where streamviews.views.on-change is hold, an instance with
new files builds the views by itself and waits: plan shows what they change, and leaves them to apply.
Sends the token in \$STREAMVIEWS_TOKEN, if there is one: where operators have to say who they are, it must be an operator's.
Needs bash and curl.
EOF
}

. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/application.sh"

command=''
while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    -s | --servers) (($# > 1)) && [[ -n $2 && $2 != -* ]] || misused "$1 needs a value"; url=$2; shift 2 ;;
    -d | --drop-removed)
      (($# > 1)) && [[ $2 =~ ^[A-Za-z0-9_,]+$ ]] || misused "$1 needs names of base views, or true"
      drops=$2
      shift 2
      ;;
    -*) misused "there is no option $1" ;;
    *) [[ -z $command ]] || misused "unexpected argument '$1'"; command=$1; shift ;;
  esac
done
[[ $url == *://* ]] || url=http://$url
rebuilds=${url%/}/api/admin/rebuilds

# The number of the last rebuild, of those in some states if these are said, is in $id; empty if there has been none.
last() {
  local after=0 wanted="\"id\":([0-9]+)${1:+,\"state\":\"($1)\"}"
  id=''
  while ask "$rebuilds?limit=1000&after=$after" && [[ $answer =~ .*\"id\":([0-9]+) ]]; do
    after=${BASH_REMATCH[1]}
    if [[ $answer =~ .*$wanted ]]; then id=${BASH_REMATCH[1]}; fi
  done
}

# Asks of one rebuild, without what it changes: there stand names and rows of people's views, which may say anything.
about() { ask "$rebuilds?limit=1&after=$((id - 1))"; }

state() { about; text state; }

# Waits until the rebuild is in one of these states; what it is in is in $now.
await() {
  local before=''
  while :; do
    now=$(state)
    if [[ $now != "$before" ]]; then printf 'Rebuild %s: %s\n' "$id" "$now" >&2; fi
    before=$now
    [[ " $* " != *" $now "* ]] || return 0
    case $now in
      CANCELLED | FAILED | ABANDONED | ROLLED_BACK | DONE) about; fail "rebuild $id is $now: $(text error || true)" ;;
    esac
    sleep 0.5
  done
}

begin() { ask -X POST "$rebuilds?hold=$1&dropRemoved=$drops"; id=$(number id); }

# Whether there is a rebuild, with its number in $id, that is held for approval or will be.
held() {
  last
  [[ -n $id ]] && about && [[ $answer == *'"hold":true'* && $answer != *'"finishedAt"'* ]]
}

plan() {
  local own=''
  if ! held; then
    begin true
    own=1
    trap 'call -sS -o /dev/null --max-time 10 -X DELETE "$rebuilds/$id" || true' EXIT
  fi
  await HELD
  ask "$rebuilds/$id/changes"
  local changes=$answer
  if [[ -n $own ]]; then ask -X DELETE "$rebuilds/$id"; await CANCELLED; trap - EXIT; fi
  if [[ -z $changes ]]; then
    printf 'Nothing changes for readers.\n'
  else
    printf '%s\n' "$changes"
    exit 2
  fi
}

case $command in
  plan) plan ;;
  apply)
    if held; then await HELD; ask -X POST "$rebuilds/$id/exchange"; else begin false; fi
    await DONE
    ask "$rebuilds/$id/changes"
    printf '%s\n' "${answer:-Nothing has changed for readers.}"
    ;;
  status)
    last
    [[ -n $id ]] || { printf 'There has been no rebuild.\n'; exit 0; }
    printf 'Rebuild %s: %s\n' "$id" "$(state)"
    # it may not be known yet
    changes=$(ask "$rebuilds/$id/changes"; printf '%s' "$answer") || true
    [[ -z $changes ]] || printf '%s\n' "$changes"
    ;;
  rollback)
    last 'DONE|ROLLED_BACK'
    [[ -n $id ]] || fail 'there has been no rebuild that is done'
    ask -X POST "$rebuilds/$id/rollback"
    printf 'Rebuild %s: %s\n' "$id" "$(text state)"
    ;;
  '') misused 'plan, apply, status or rollback is missing' ;;
  *) misused "there is no command '$command'" ;;
esac
