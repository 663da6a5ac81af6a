#!/bin/sh
# Prints what CHANGELOG.md says of a version, as the text of its release:
#
#     sh scripts/release-notes.sh v1.2.3
#
# Exit code 1 when the tag, package.json, package-lock.json, the image's label and CHANGELOG.md do not name the same version, or the
# changelog has no day or no words for it.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "release-notes: $1" >&2
  exit 1
}

version=${1:-}
version=${version#v}
printf '%s\n' "$version" | grep -Eq '^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$' || fail "expected a version such as v1.2.3, got \"${1:-}\""

for file in package.json package-lock.json; do
  named=$(sed -n 's/^  "version": "\([^"]*\)",$/\1/p' "$file")
  [ "$named" = "$version" ] || fail "$file says $named, not $version: run \`npm version --no-git-tag-version $version\`"
done
label=$(sed -n 's/.*org.opencontainers.image.version="\([^"]*\)".*/\1/p' Dockerfile)
[ "$label" = "$version" ] || fail "the label in Dockerfile says $label, not $version"

heading=$(grep -F "## [$version]" CHANGELOG.md) || fail "CHANGELOG.md has no section \"## [$version] - YYYY-MM-DD\""
printf '%s\n' "$heading" | grep -Eq '\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$' || fail "CHANGELOG.md says \"$heading\": write the day of the release"

# From its heading to the next one, or to the addresses at the end.
notes=$(awk -v start="## [$version]" '
  index($0, start) == 1 { inside = 1; next }
  /^## / || /^\[[^]]+\]: / { inside = 0 }
  inside' CHANGELOG.md)
printf '%s' "$notes" | grep -q '[^[:space:]]' || fail "CHANGELOG.md says nothing of $version"
printf '%s\n' "$notes" | sed '1{/^$/d;}'
