#!/bin/sh
# What the long tests use of this system beside Node: Chromium shows the status page, Noto has the letters of its languages,
# Prometheus reads the metrics (promtool checks them); nginx, Redis, Alertmanager and the node exporter run with the files of deploy/,
# whose scripts shellcheck reads and age encrypts for. Installs by apt only what is missing, and starts nothing of it.
#
#   sh scripts/install-parts.sh           # as root, or with sudo
#   sh scripts/install-parts.sh --check   # only says what is missing; exit code 1 if anything is
#
# Without these parts their tests fail, and say so. Without apt (macOS, Fedora): install the same parts as that system does.
set -eu

missing=
for package in chromium fonts-noto-core prometheus prometheus-alertmanager prometheus-node-exporter nginx redis-server shellcheck age; do
  case $package in
    chromium | redis-server | prometheus-node-exporter | shellcheck | age) command -v "$package" >/dev/null 2>&1 && continue ;;
    prometheus) command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 && continue ;;
    prometheus-alertmanager) command -v prometheus-alertmanager >/dev/null 2>&1 && command -v amtool >/dev/null 2>&1 && continue ;;
    # Debian keeps it where only root looks.
    nginx) PATH=$PATH:/usr/sbin command -v nginx >/dev/null 2>&1 && continue ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] && continue ;;
  esac
  missing="$missing $package"
done

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
    echo "install-parts: run this as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

# Debian starts a service as soon as it is installed, unless this file forbids it (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  trap '$as_root rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
fi

echo "install-parts: apt-get update, then apt-get install$missing; nothing is started"
$as_root apt-get -q -q update
# shellcheck disable=SC2086 # names of packages, one word each
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -q install -y --no-install-recommends $missing
echo "install-parts: installed$missing"
