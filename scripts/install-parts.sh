#!/bin/sh
# What the long tests use of this system beside Node: Chromium shows the status page, Noto has the letters of its languages,
# Prometheus reads the metrics (promtool checks them); nginx, Redis, Alertmanager and the node exporter run with the files of deploy/,
# whose scripts shellcheck reads and age encrypts for. Clients and servers in Go and Python are built against mcp-pipe, curl stands in
# for k6, and the parser of docker compose is a library of Go. bubblewrap and Perl hold servers. Installs by apt only what is missing, and starts nothing of it.
#
#   sh scripts/install-parts.sh           # as root, or with sudo
#   sh scripts/install-parts.sh --check   # only says what is missing; exit code 1 if anything is
#
# Without these parts their tests fail, and say so. Without apt (macOS, Fedora): install the same parts as that system does.
set -eu

# Each package, and the programs that tests use of it; test/unit/parts.test.ts looks for those that are not here.
PARTS='
chromium: chromium
fonts-noto-core:
prometheus: prometheus promtool
prometheus-alertmanager: prometheus-alertmanager amtool
prometheus-node-exporter: prometheus-node-exporter
nginx: nginx
redis-server: redis-server redis-cli
shellcheck: shellcheck
age: age age-keygen
openssl: openssl
curl: curl
git: git
procps: ps
bubblewrap: bwrap
perl-base: perl
systemd: systemd-analyze
python3-venv: python3
golang: go
'
# The first Go that gets what a go.mod asks for by itself, whatever newer version that is (GOTOOLCHAIN).
OLDEST_GO=21

go_is_new() {
  minor=$(go version 2>/dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge "$OLDEST_GO" ]
}

# is_here PACKAGE PROGRAMS...
is_here() {
  package=$1
  shift
  case $package in
    golang) go_is_new; return ;;
    # Those of test/helpers/start-chromium.ts.
    chromium) [ -e "${CHROMIUM:-}" ] || [ -e /usr/bin/chromium ] || [ -e /usr/bin/chromium-browser ] || [ -e /usr/bin/google-chrome ]; return ;;
    # Debian's Python makes environments only with this package.
    python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null; return ;;
    fonts-*) [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ]; return ;;
  esac
  for program in "$@"; do
    # Debian keeps nginx where only root looks.
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null 2>&1 || return 1
  done
}

missing=
while IFS=: read -r package programs; do
  # shellcheck disable=SC2086 # names of programs, one word each
  [ -z "$package" ] || is_here "$package" $programs || missing="$missing $package"
done <<END
$PARTS
END

if [ -z "$missing" ]; then
  echo "install-parts: everything is here; nothing to install"
  exit 0
fi
echo "install-parts: missing:$missing"
[ "${1:-}" != --check ] || exit 1

if ! command -v apt-get >/dev/null 2>&1; then
  echo "install-parts: there is no apt-get here; install them with the package manager of this system" >&2
  exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "install-parts: run this as root: sh scripts/install-parts.sh" >&2
    exit 1
  fi
  as_root=sudo
fi

# Debian starts a service as soon as it is installed, unless this file forbids it (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
ours=
trap '[ -z "$ours" ] || $as_root rm -f $ours' EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
  ours=$policy
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi

newest_go() {
  apt-cache search --names-only '^golang-1\.[0-9]+-go$' | sed -n 's/^golang-1\.\([0-9]*\)-go .*/\1/p' | sort -n | tail -1
}

echo "install-parts: apt-get update"
$as_root apt-get -q -q update
case "$missing " in
  *" chromium "*)
    if ! apt-cache policy chromium | grep -q 'Candidate: [0-9]'; then
      echo "install-parts: apt has no chromium here, as on Ubuntu: install Google Chrome (https://www.google.com/chrome), then run this again" >&2
      exit 1
    fi
    ;;
esac
case "$missing " in
  *" golang "*)
    go=$(newest_go)
    # Debian 12 has 1.19, and newer ones among its backports: for this one run.
    if [ "${go:-0}" -lt "$OLDEST_GO" ] && grep -q '^ID=debian$' /etc/os-release; then
      codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
      backports=/etc/apt/sources.list.d/mcp-pipe-backports.list
      ours="$ours $backports"
      echo "deb http://deb.debian.org/debian $codename-backports main" | $as_root tee "$backports" >/dev/null
      $as_root apt-get -q -q update
      go=$(newest_go)
    fi
    if [ "${go:-0}" -lt "$OLDEST_GO" ]; then
      echo "install-parts: apt has no Go 1.$OLDEST_GO or newer; install one from https://go.dev/dl, and put it first in PATH" >&2
      exit 1
    fi
    missing="${missing% golang} golang-1.$go-go"
    ;;
esac

echo "install-parts: apt-get install$missing; nothing is started"
# shellcheck disable=SC2086 # names of packages, one word each
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -q install -y --no-install-recommends $missing
# Packages of one version of Go leave the path alone.
[ -z "${go:-}" ] || $as_root ln -sf "/usr/lib/go-1.$go/bin/go" /usr/local/bin/go
echo "install-parts: installed$missing"
sh "$0" --check
