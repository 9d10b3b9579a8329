#!/usr/bin/env bash
# Shows that the engine needs no example: in a clone of HEAD it takes users and posts out (their packages and their views),
# compiles the main code, and runs the engine's tests but those that speak of users or posts, or use one that does. What it is
# called with is for Maven.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
git clone -q "$repository" "$clone"
cd "$clone"
maven=(./mvnw -B -q "$@")

rm -r src/{main,test}/java/io/streamviews/{user,post} src/main/resources/views
"${maven[@]}" compile
echo "The main code compiles; files touched: $(git diff --diff-filter=M --name-only -- src/main | wc -l)"

engine='projection|source|kafka|postgres|eventlog|relay|view|consistency|feed'
example='io\.streamviews\.(user|post)\b|(user|post)(_view|-events)|/api/(users|posts|departments)|(user|post)Events'
cd src/test/java/io/streamviews
find . -mindepth 1 -maxdepth 1 -type d | grep -vE "/($engine)$" | xargs rm -r
rm -f ./*Test.java ./*IT.java

leaning=$(grep -rlE "$example" .)
while [ -n "$leaning" ]; do
    grep -E '(Test|IT)\.java$' <<<"$leaning" | sort | sed 's/^/    with the example: /' || true
    xargs rm <<<"$leaning"
    leaning=$(grep -rlwE "$(sed 's/.*\///; s/\.java$//' <<<"$leaning" | paste -sd'|')" . || true)
done
find . -name '*Test.java' | sort | sed 's/^/    without it: /'

cd "$clone"
"${maven[@]}" test -Dtest='*Test' >test.log 2>&1 || { grep -F '[ERROR]' test.log; exit 1; }
echo "These pass: $(cat target/surefire-reports/TEST-*.xml | grep -c '<testcase ') tests"
