#!/bin/sh
# An encrypted copy of all that cannot be made again: configuration, keys, state. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'backup.sh ENV [--dry-run]

Writes one encrypted file: the folder compose/ (configuration, .env.ENV, secrets), and the state of each service of mcp-pipe
(keys, logins, approvals, audit log), taken while it runs. Prints the name of the file. Settings, in .env.ENV:

  BACKUP_PASSPHRASE_FILE   a file with a passphrase (openssl), or
  BACKUP_AGE_RECIPIENTS    a file with public keys (age): then this machine cannot open its own backups
  BACKUP_DIR               where to; default deploy/state/ENV/backups
  BACKUP_KEEP              how many are kept there; default 14
  BACKUP_HOOK              a program that carries the file away: it gets its name as argument
  BACKUP_HOOK_WITHIN       seconds that it may take; default 3600
  BACKUP_STATE             SERVICE:FOLDER of each state; default
                           gateway-a:/home/mcp gateway-b:/home/mcp gateway-a:/keys pipe:/home/mcp

Examples:
  backup.sh production
  BACKUP_HOOK=/usr/local/bin/to-s3 backup.sh production
  17 3 * * * /opt/mcp-pipe/deploy/scripts/backup.sh production      # a line of crontab
' 'backup.sh ENV [--dry-run]

Ghi một file mã hóa: thư mục compose/ (cấu hình, .env.ENV, các giá trị bí mật), và trạng thái của từng service mcp-pipe
(khóa, đăng nhập, phê duyệt, audit log), lấy trong lúc đang chạy. In ra tên file. Thiết lập, trong .env.ENV:

  BACKUP_PASSPHRASE_FILE   file chứa mật khẩu (openssl), hoặc
  BACKUP_AGE_RECIPIENTS    file chứa khóa công khai (age): khi đó máy này không tự mở được bản sao lưu
  BACKUP_DIR               ghi vào đâu; mặc định deploy/state/ENV/backups
  BACKUP_KEEP              giữ bao nhiêu bản ở đó; mặc định 14
  BACKUP_HOOK              chương trình chuyển file đi nơi khác: nhận tên file làm đối số
  BACKUP_HOOK_WITHIN       số giây nó được phép chạy; mặc định 3600
  BACKUP_STATE             SERVICE:THƯ_MỤC của mỗi trạng thái; mặc định
                           gateway-a:/home/mcp gateway-b:/home/mcp gateway-a:/keys pipe:/home/mcp

Ví dụ:
  backup.sh production
  BACKUP_HOOK=/usr/local/bin/to-s3 backup.sh production
  17 3 * * * /opt/mcp-pipe/deploy/scripts/backup.sh production      # một dòng của crontab
'
  help_of_all
}

only_environment "$@"
need_files
use_compose
# shellcheck source=deploy/scripts/lib-roles.sh
. "$scripts/lib-roles.sh"
# shellcheck source=deploy/scripts/lib-archive.sh
. "$scripts/lib-archive.sh"
use_cipher
take_lock
version=$(deployed_version 0)
version=${version:-${VERSION:-none}}
list_services
keep=$(number BACKUP_KEEP 14 1)
hook_within=$(number BACKUP_HOOK_WITHIN 3600 1)
backups=$(setting BACKUP_DIR "$state/backups")
made=$(date -u +%Y%m%dT%H%M%SZ)
# No part but the version may have a dot, none a _.
file=$backups/mcp-pipe_${environment}_${version}_$made.backup

if [ -n "$dry" ]; then
  words 'would write %s (%s) with %s and the state of: %s' 'sẽ ghi %s (%s) gồm %s và trạng thái của: %s' "$file" "$cipher" "$compose_dir" \
    "$(setting BACKUP_STATE 'gateway-a:/home/mcp gateway-b:/home/mcp gateway-a:/keys pipe:/home/mcp')"
  exit 0
fi
making=$backups/.making_${environment}_
sweep "$making"
if ! { mkdir -p "$backups" && work=$(mktemp -d "$making$$-XXXXXX"); }; then
  fail $E_FAILED 'nothing can be written in %s.' 'không ghi được vào %s.' "$backups"
fi
# Everything that is not finished goes, whatever happens.
trap 'rm -rf "$work"' EXIT
# A terminal that is gone does not end it before that.
trap '' PIPE
trap 'fail $E_STOPPED "interrupted; no backup was made." "bị ngắt; không có bản sao lưu nào được tạo."' INT TERM HUP
errors=$work/outer.errors
mkdir "$work/inner" "$work/outer"

# give_up WHAT
give_up() {
  if is_room_error "$errors"; then
    fail $E_NO_ROOM 'the disk of %s is full. No backup was made; those before are as they were.' \
      'đĩa chứa %s đã đầy. Không có bản sao lưu nào được tạo; các bản trước vẫn nguyên vẹn.' "$backups"
  fi
  cat "$errors" >&2
  fail $E_FAILED 'no backup was made: %s (see above).' 'không tạo được bản sao lưu: %s (xem ở trên).' "$1"
}

# packed FILE CODE: tar ends with 1 when a file grew while it was read, as a log does; what it wrote has to be readable.
packed() { [ "$2" -le 1 ] && tar -tf "$1" >/dev/null 2>>"$errors"; }

code=0
tar -cf "$work/inner/config.tar" --exclude='*.sock' -C "$compose_dir" . 2>>"$errors" || code=$?
packed "$work/inner/config.tar" $code || give_up "$compose_dir"
number=0
for entry in $(setting BACKUP_STATE 'gateway-a:/home/mcp gateway-b:/home/mcp gateway-a:/keys pipe:/home/mcp'); do
  service=${entry%%:*} path=${entry#*:}
  is_one_of "$service" "$services" || continue
  # In its container, or in one made for it; two of one service could not have the same address.
  if is_running "$service"; then set -- exec -T "$service" tar; else set -- run --rm --no-deps -T --entrypoint tar "$service"; fi
  number=$((number + 1)) code=0
  tar=state-$number-$service.tar
  fetch "$@" -C "$path" -cf - . </dev/null >"$work/inner/$tar" 2>>"$errors" || code=$?
  packed "$work/inner/$tar" $code || give_up "$service:$path"
  printf '%s %s %s\n' "$tar" "$service" "$path" >>"$work/inner/states" 2>>"$errors" || give_up "$service:$path"
done
(cd "$work/inner" && sha256sum -- * >"$work/sums" && mv "$work/sums" SHA256SUMS) 2>>"$errors" || give_up SHA256SUMS
seal "$work/inner" "$work/outer" "$work/archive" || give_up "$cipher"
# One that cannot be opened is none: it is opened once, where the key for that is here.
if [ "$cipher" = openssl ]; then (open_archive "$work/archive" "$work/again"); fi
mv "$work/archive" "$file"
# `mcp-pipe check --production` looks here, wherever BACKUP_DIR is.
printf '%s\n' "$file" >"$state/last-backup" || :
printf '%s\n' "$file"
say 'made %s (%s bytes).' 'đã tạo %s (%s byte).' "$file" "$(wc -c <"$file" | tr -d ' ')"

# The name sorts by version before it sorts by time: the time of the file counts. This one stays, also where a clock has gone back.
# shellcheck disable=SC2010,SC2012 # the names have no line breaks
ls -1t "$backups/mcp-pipe_${environment}_"*.backup | grep -Fxv "$file" | tail -n "+$keep" | while read -r one; do rm -f "$one"; done

hook=$(setting BACKUP_HOOK)
[ -n "$hook" ] || exit 0
failed() {
  fail $E_HOOK 'the backup is made, but the hook %s failed or took more than %s s: it is on this machine alone.' \
    'đã sao lưu, nhưng hook %s bị lỗi hoặc mất hơn %s giây: bản sao lưu chỉ nằm trên máy này.' "$hook" "$hook_within"
}
# What it does is no matter of the environment any more: others need not wait for it.
exec 9>&-
timeout -k 10 "$hook_within" "$hook" "$file" >&2 </dev/null &
carrier=$!
trap 'kill "$carrier" 2>/dev/null; failed' INT TERM HUP
wait "$carrier" || failed
