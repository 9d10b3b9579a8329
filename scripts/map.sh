#!/usr/bin/env bash
# Prints the packages of the main code: files, lines of code (without comments, imports and blank lines), and which other
# packages each one uses, as the byte code has it (jdeps).
set -euo pipefail
cd "$(dirname "$0")/.."

./mvnw -B -q compile
arrows=$("${JAVA_HOME:+$JAVA_HOME/bin/}jdeps" -verbose:package --ignore-missing-deps -e 'io[.]streamviews.*' target/classes)

printf '%-26s %5s %6s  %s\n' package files lines uses
find src/main/java/io/streamviews -name '*.java' -printf '%h\n' | sort | uniq -c | while read -r files directory; do
    package=${directory#src/main/java/}
    package=${package//\//.}
    lines=$(cat "$directory"/*.java | grep -cvE '^[[:space:]]*($|//|/?\*|import |package )' || true)
    uses=$(awk -v own="$package" '$1 == own && $3 != own { print substr($3, 16) }' <<<"$arrows" | sort -u | paste -sd' ')
    printf '%-26s %5d %6d  %s\n' "${package#io.streamviews.}" "$files" "$lines" "$uses"
done
