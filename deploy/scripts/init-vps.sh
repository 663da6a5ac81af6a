#!/bin/sh
# Makes an empty Debian or Ubuntu server ready for the compose file. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'init-vps.sh [--dry-run] [--user NAME] [--swap SIZE | --no-swap] [--no-firewall]

Makes an empty server ready, as root; Debian 13 and newer (12 with the Docker of docker.com), Ubuntu 22.04 and newer. Each step looks first, and does only what
is missing: running it again changes nothing.

  packages   docker and compose of the distribution, ufw, unattended-upgrades, openssl, age, curl, git
  user       mcp (uid 1001, as in the image; no password, no shell): owns what containers write
  folders    /opt/mcp-pipe (the checkout), /var/backups/mcp-pipe (root alone)
  firewall   ufw: only SSH (at the port that sshd has now), 80 and 443 come in
  upgrades   security updates by themselves, every day
  swap       /swapfile, where there is none: a build does not end for want of memory
  docker     logs of at most 3 files of 10 MB; started now and at boot
  timer      renew-certificate.sh twice a day, as soon as there is a checkout with .env.production

  --user NAME    another name than mcp
  --swap SIZE    such as 4G; default 2G
  --no-swap, --no-firewall   leave that out
  --dry-run      show everything; do nothing. Needs no root

Examples:
  init-vps.sh --dry-run
  init-vps.sh --swap 4G
' 'init-vps.sh [--dry-run] [--user TÊN] [--swap CỠ | --no-swap] [--no-firewall]

Chuẩn bị một server trống, chạy bằng root; Debian 13 trở lên (12 nếu dùng Docker của docker.com), Ubuntu 22.04 trở lên. Mỗi bước xem trước, và chỉ làm phần
còn thiếu: chạy lại lần nữa thì không thay đổi gì.

  gói        docker và compose của bản phân phối, ufw, unattended-upgrades, openssl, age, curl, git
  user       mcp (uid 1001, như trong image; không mật khẩu, không shell): chủ của những gì container ghi ra
  thư mục    /opt/mcp-pipe (mã nguồn), /var/backups/mcp-pipe (chỉ root)
  tường lửa  ufw: chỉ cho vào SSH (ở cổng mà sshd đang dùng), 80 và 443
  cập nhật   tự cài bản vá bảo mật mỗi ngày
  swap       /swapfile, nếu chưa có: để build không dừng giữa chừng vì thiếu bộ nhớ
  docker     log nhiều nhất 3 file 10 MB; chạy ngay và mỗi khi khởi động máy
  timer      renew-certificate.sh hai lần mỗi ngày, khi đã có mã nguồn với .env.production

  --user TÊN     tên khác thay cho mcp
  --swap CỠ      ví dụ 4G; mặc định 2G
  --no-swap, --no-firewall   bỏ qua bước đó
  --dry-run      cho xem tất cả; không làm gì cả. Không cần root

Ví dụ:
  init-vps.sh --dry-run
  init-vps.sh --swap 4G
'
  help_of_all
}

user=mcp swap=2G firewall=1 next=''
for argument in "$@"; do
  case $next in
    user) user=$argument next='' && continue ;;
    swap) swap=$argument next='' && continue ;;
  esac
  case $argument in
    -h | --help) usage && exit 0 ;;
    --dry-run) dry=1 ;;
    --user) next=user ;;
    --swap) next=swap ;;
    --no-swap) swap='' ;;
    --no-firewall) firewall='' ;;
    *) fail $E_USAGE 'unknown argument %s. See init-vps.sh --help.' 'không có đối số %s. Xem init-vps.sh --help.' "$argument" ;;
  esac
done
# Without this, `init-vps.sh --swap` would do everything at once.
[ -z "$next" ] || fail $E_USAGE 'a value is missing after --%s. See init-vps.sh --help.' 'thiếu giá trị sau --%s. Xem init-vps.sh --help.' "$next"
case $user in '' | -* | *[!a-z0-9_-]*) fail $E_USAGE 'not a name for a user: %s' 'không phải tên người dùng hợp lệ: %s' "$user" ;; esac
case $swap in
  '') ;;
  *[!0-9MG]* | [MG]* | *[MG]?*) fail $E_USAGE 'not a size: %s. Such as 2G or 512M.' 'không phải kích thước hợp lệ: %s. Ví dụ 2G hoặc 512M.' "$swap" ;;
esac

# With `su`, root may have the folders of a user.
PATH=$PATH:/usr/sbin:/sbin
# Another root for files: tests alone set it.
root=${INIT_ROOT:-}
[ -n "$dry" ] || [ "$(id -u)" = 0 ] || [ -n "$root" ] ||
  fail $E_USAGE 'run it as root: sudo %s. --dry-run shows what it would do.' 'hãy chạy bằng root: sudo %s. --dry-run cho xem sẽ làm gì.' "$0"
system=$(sed -n 's/^ID=//p; s/^ID_LIKE=//p' "$root/etc/os-release" 2>/dev/null | tr '\n"' '  ')
case $system in
  *debian* | *ubuntu*) ;;
  *) fail $E_USAGE 'this is neither Debian nor Ubuntu (%s). What has to be there stands in --help.' \
    'đây không phải Debian hay Ubuntu (%s). Những gì cần có được ghi trong --help.' "${system:--}" ;;
esac

changed=0
# step NAME: says what comes
step() { printf '%s\n' "== $(words "$@")" >&3; }
there() { words '   already so' '   đã có sẵn' >&3; }
# act COMMAND...: a command of a step that was missing
act() {
  changed=$((changed + 1))
  run "$@"
}
# put FILE MODE: the text of stdin as that file
put() {
  text=$(cat)
  if [ -n "$dry" ]; then
    changed=$((changed + 1))
    words '   would write %s (%s):' '   sẽ ghi %s (%s):' "$1" "$2" >&3
    printf '%s\n' "$text" | sed 's/^/     /' >&3
    return 0
  fi
  changed=$((changed + 1))
  mkdir -p "$(dirname -- "$root$1")"
  printf '%s\n' "$text" >"$root$1.new" && chmod "$2" "$root$1.new" && mv "$root$1.new" "$root$1"
}
is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }
is_offered() { apt-cache show "$1" >/dev/null 2>&1; }

# Said before anything is done: compose 1 does not read the compose file.
if ! docker compose version >/dev/null 2>&1 && ! is_offered docker-compose-v2; then
  case $(apt-cache policy docker-compose 2>/dev/null | sed -n 's/^ *Candidate: //p') in
    1.*) fail $E_USAGE 'this system has only docker compose 1, which is too old. Take Debian 13, or the packages docker-ce and docker-compose-plugin of docker.com first.' \
      'hệ thống này chỉ có docker compose 1, quá cũ. Hãy dùng Debian 13, hoặc cài trước các gói docker-ce và docker-compose-plugin của docker.com.' ;;
  esac
fi

# Before Docker is installed, which starts it. A file that is there was written for a reason.
step 'Settings of Docker' 'Thiết lập của Docker'
if [ -f "$root/etc/docker/daemon.json" ]; then there; else
  put /etc/docker/daemon.json 644 <<'TEXT'
{ "log-driver": "json-file", "log-opts": { "max-size": "10m", "max-file": "3" }, "live-restore": true }
TEXT
fi

step 'Packages' 'Gói'
wanted='docker.io ca-certificates curl openssl age git unattended-upgrades util-linux'
[ -z "$firewall" ] || wanted="$wanted ufw"
# A docker of docker.com is taken as it is; the two cannot stand beside each other.
# A new server knows no packages yet, and would be taken for one that has only the old names.
if ! is_offered docker.io; then act apt-get update; fi
# From Debian 13 on the program `docker` is a package of its own, which docker.io only recommends.
if is_offered docker-cli; then wanted="docker-cli $wanted"; fi
if is_installed docker-ce; then wanted=$(printf '%s' "$wanted" | sed 's/docker-cli //; s/docker.io //'); fi
if ! docker compose version >/dev/null 2>&1; then
  # Ubuntu's name; Debian's from 13 on is docker-compose, which is version 2 there.
  if is_offered docker-compose-v2; then wanted="$wanted docker-compose-v2"; else wanted="$wanted docker-compose"; fi
fi
missing=''
for package in $wanted; do is_installed "$package" || missing="$missing $package"; done
if [ -z "$missing" ]; then there; else
  act apt-get update
  # shellcheck disable=SC2086 # names of packages
  act env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

step 'User %s' 'Người dùng %s' "$user"
if id "$user" >/dev/null 2>&1; then there; else
  # The number of the user in the image, where it is free.
  if getent passwd 1001 >/dev/null 2>&1; then uid=''; else uid=1001; fi
  act useradd ${uid:+--uid "$uid"} --system --create-home --shell /usr/sbin/nologin "$user"
fi

# folder PATH MODE
folder() {
  step 'Folder %s' 'Thư mục %s' "$1"
  if [ -d "$root$1" ]; then there; else act install -d -m "$2" "$root$1"; fi
}
folder /opt/mcp-pipe 0755
folder /var/backups/mcp-pipe 0700

# ssh_ports: those at which SSH listens, one a line, by all that know: its settings (ListenAddress may have a port of its own), what listens now,
# systemd where that listens in its place, and the connection by which this is typed. One too many does no harm; one too few ends that connection.
ssh_ports() {
  sshd -T 2>/dev/null | sed -n 's/^port //p; s/^listenaddress .*:\([0-9]*\)$/\1/p'
  ss -Hltnp 2>/dev/null | sed -n '/"sshd"/s/^[^ ]* *[^ ]* *[^ ]* *[^ ]*:\([0-9]*\) .*/\1/p'
  if systemctl is-active --quiet ssh.socket 2>/dev/null; then
    systemctl show --property Listen --value ssh.socket | sed -n 's/.*:\([0-9]*\) (Stream)$/\1/p'
  fi
  printf '%s\n' "${SSH_CONNECTION:-}" | sed 's/.* //'
}

step 'Firewall' 'Tường lửa'
if [ -z "$firewall" ]; then there; else
  # The way in by which this is typed is opened first.
  ports=$(ssh_ports | grep -x '[0-9][0-9]*' | sort -un)
  rules=''
  for port in ${ports:-22}; do rules="$rules $port/tcp"; done
  status=$(LC_ALL=C ufw status 2>/dev/null || true)
  open=1
  for rule in $rules 80/tcp 443/tcp; do
    # 8080/tcp is not 80/tcp, and what is denied is not open.
    if ! printf '%s\n' "$status" | grep -Eq "^$rule +(ALLOW|LIMIT)"; then open='' && act ufw allow "$rule"; fi
  done
  case $status in
    *'Status: active'*) [ -z "$open" ] || there ;;
    *)
      act ufw default deny incoming
      act ufw default allow outgoing
      act ufw --force enable ;;
  esac
  words '   (ports that Docker publishes do not ask ufw: the compose file publishes 80 and 443 alone)' \
    '   (cổng do Docker mở ra không hỏi ufw: file compose chỉ mở 80 và 443)' >&3
fi

step 'Security updates' 'Bản vá bảo mật'
if grep -qs 'Unattended-Upgrade "1"' "$root/etc/apt/apt.conf.d/20auto-upgrades"; then there; else
  put /etc/apt/apt.conf.d/20auto-upgrades 644 <<'TEXT'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
TEXT
fi

step 'Swap' 'Swap'
if [ -z "$swap" ] || [ -n "$(swapon --show --noheadings 2>/dev/null || true)" ]; then there; else
  if ! [ -f "$root/swapfile" ]; then
    act fallocate -l "$swap" "$root/swapfile"
    act chmod 600 "$root/swapfile"
    act mkswap "$root/swapfile"
  fi
  act swapon "$root/swapfile"
  if ! grep -qs '^/swapfile ' "$root/etc/fstab"; then
    changed=$((changed + 1))
    if [ -n "$dry" ]; then words '   would add to /etc/fstab: /swapfile none swap sw 0 0' '   sẽ thêm vào /etc/fstab: /swapfile none swap sw 0 0' >&3
    else printf '/swapfile none swap sw 0 0\n' >>"$root/etc/fstab"; fi
  fi
fi

step 'Docker' 'Docker'
if systemctl is-active --quiet docker 2>/dev/null && systemctl is-enabled --quiet docker 2>/dev/null; then :; else
  act systemctl enable --now docker
fi

step 'Renewal of the certificate' 'Gia hạn chứng chỉ'
units=/etc/systemd/system/mcp-pipe-certificate
if [ -f "$root$units.service" ] && [ -f "$root$units.timer" ]; then there; else
  put $units.service 644 <<'TEXT'
[Unit]
Description=Renews the certificate of mcp-pipe
ConditionPathExists=/opt/mcp-pipe/deploy/compose/.env.production
ConditionPathExists=/opt/mcp-pipe/deploy/compose/secrets/tls/fullchain.pem
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
ExecStart=/opt/mcp-pipe/deploy/scripts/renew-certificate.sh production
TEXT
  put $units.timer 644 <<'TEXT'
[Unit]
Description=Renews the certificate of mcp-pipe twice a day

[Timer]
OnCalendar=*-*-* 04,16:23:00
RandomizedDelaySec=1h
# What was missed while the machine was off is made up for.
Persistent=true

[Install]
WantedBy=timers.target
TEXT
  act systemctl daemon-reload
fi
if systemctl is-enabled --quiet mcp-pipe-certificate.timer 2>/dev/null; then :; else
  act systemctl enable --now mcp-pipe-certificate.timer
fi

if [ -n "$dry" ]; then
  say 'nothing was done; %s steps would be.' 'chưa làm gì cả; sẽ có %s bước.' "$changed"
elif [ "$changed" = 0 ]; then
  say 'everything was there; nothing was changed.' 'mọi thứ đã có sẵn; không thay đổi gì.'
else
  say '%s steps done. Next: the checkout in /opt/mcp-pipe, then docs/vps.md.' 'đã làm %s bước. Tiếp theo: lấy mã nguồn vào /opt/mcp-pipe, rồi xem docs/vi/vps.md.' "$changed"
fi
