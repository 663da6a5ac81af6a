#!/bin/sh
# Checks .github: every action is pinned by the digest of a commit, with its version behind it; actionlint and zizmor have nothing to say.
#
#   sh scripts/check-workflows.sh             # with what is installed; says what is not
#   sh scripts/check-workflows.sh --install   # first installs what is missing, in these versions: needs Go and Python, takes two minutes
#
# Exit code 1 when anything is found.
set -eu
cd "$(dirname "$0")/.."
ACTIONLINT=1.7.12
ZIZMOR=1.32.0

tools=$PWD/node_modules/.cache/workflow-tools
PATH=$tools/bin:$PATH
found=0

if [ "${1:-}" = --install ]; then
  mkdir -p "$tools"
  command -v actionlint >/dev/null || GOBIN=$tools/bin go install "github.com/rhysd/actionlint/cmd/actionlint@v$ACTIONLINT"
  command -v zizmor >/dev/null || { python3 -m venv "$tools" && "$tools/bin/pip" -q install "zizmor==$ZIZMOR"; }
fi

unpinned=$(grep -nE '^[[:space:]-]*uses:' .github/workflows/*.yml |
  grep -vE 'uses: [A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$' || true)
if [ -n "$unpinned" ]; then
  echo "check-workflows: write the digest of a commit, and its version behind it (owner/name@40 digits # v1.2.3):"
  echo "$unpinned"
  found=1
else
  echo "check-workflows: every action is pinned by its digest"
fi

# check TOOL ARGUMENTS...
check() {
  if ! command -v "$1" >/dev/null; then
    echo "check-workflows: $1 is not installed (--install does it): not run"
  elif "$@"; then
    echo "check-workflows: $1 has found nothing"
  else
    found=1
  fi
}
check actionlint
check zizmor --offline --quiet .github
exit $found
