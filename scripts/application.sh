# What the scripts that ask a running application have in common; read by them, not run. They set $name, for messages, and $url.

fail() {
  printf '%s: %s\n' "$name" "$1" >&2
  exit "${2:-1}"
}

misused() { fail "$1; $name -h explains" "${misuse:-2}"; }

# A value of the last answer by its name; the answers are flat enough for this. Of a text's escapes those are undone that stand
# for a quotation mark, a backslash or a line break; the rest could move a terminal's cursor.
text() {
  local pattern="\"$1\":\"(([^\"\\]|\\\\.)*)\"" value
  [[ $answer =~ $pattern ]] || return 1
  value=${BASH_REMATCH[1]//\\\\/$'\1'}
  value=${value//\\\"/\"}
  value=${value//\\n/$'\n'}
  printf '%s' "${value//$'\1'/\\}"
}
number() { [[ $answer =~ \"$1\":([0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}"; }

# curl with the token, which no list of processes shows.
call() {
  if [[ -n ${STREAMVIEWS_TOKEN:-} ]]; then
    curl --config <(printf 'header = "Authorization: Bearer %s"\n' "$STREAMVIEWS_TOKEN") "$@"
  else
    curl "$@"
  fi
}

# Asks the application; the answer is in $answer, the status in $status.
ask() {
  local reply
  reply=$(call -sS --connect-timeout 5 --max-time 60 -w '\n%{http_code}' "$@" 2>&1) ||
    fail "$url does not answer as the application does (${reply%%$'\n'*}); -s says where it is, and that is not where Kafka is"
  status=${reply##*$'\n'}
  answer=${reply%$'\n'*}
  [[ $status == 2* ]] || refused
}

refused() {
  local detail
  detail=$(text detail) || detail="$url answers with status $status"
  fail "$detail"
}
