#!/bin/sh
# Puts a backup back. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'restore.sh ENV FILE [--key FILE] [--check | --config-only] [--force] [--dry-run]

Puts configuration and state back from a backup, into an empty folder or over what is there. The whole file is opened and
checked before anything is changed. Starts nothing: deploy.sh does, with the version that is named at the end.

  --key FILE     the passphrase, or the private key of age; default BACKUP_PASSPHRASE_FILE, BACKUP_AGE_IDENTITY
  --check        only whether the backup can be opened and is complete; for a test once a month
  --config-only  the folder compose/ alone; needs no Docker
  --force        over a configuration and state that are there: services are stopped, and what was there is kept beside it
  --dry-run      like --check, and says what would be put where

Examples:
  restore.sh production mcp-pipe_production_1.2.0_20261127T031700Z.backup --key /root/backup.passphrase --check
  restore.sh production mcp-pipe_production_1.2.0_20261127T031700Z.backup --key /root/backup.passphrase
' 'restore.sh ENV FILE [--key FILE] [--check | --config-only] [--force] [--dry-run]

Trả lại cấu hình và trạng thái từ một bản sao lưu, vào thư mục trống hoặc đè lên những gì đang có. Cả file được mở và
kiểm tra trước khi thay đổi bất cứ thứ gì. Không khởi động gì cả: việc đó là của deploy.sh, với phiên bản nêu ở cuối.

  --key FILE     mật khẩu, hoặc khóa riêng của age; mặc định BACKUP_PASSPHRASE_FILE, BACKUP_AGE_IDENTITY
  --check        chỉ xem bản sao lưu có mở được và đầy đủ không; để thử mỗi tháng một lần
  --config-only  chỉ thư mục compose/; không cần Docker
  --force        đè lên cấu hình và trạng thái đang có: các service bị dừng, và bản cũ được giữ bên cạnh
  --dry-run      như --check, và cho biết cái gì sẽ được đặt ở đâu

Ví dụ:
  restore.sh production mcp-pipe_production_1.2.0_20261127T031700Z.backup --key /root/backup.passphrase --check
  restore.sh production mcp-pipe_production_1.2.0_20261127T031700Z.backup --key /root/backup.passphrase
'
  help_of_all
}

name='' file='' check='' config_only='' force='' is_key=''
for argument in "$@"; do
  if [ -n "$is_key" ]; then
    export BACKUP_PASSPHRASE_FILE="$argument" BACKUP_AGE_IDENTITY="$argument"
    is_key=
    continue
  fi
  case $argument in
    -h | --help) usage && exit 0 ;;
    --dry-run) dry=1 ;;
    --check) check=1 ;;
    --config-only) config_only=1 ;;
    --force) force=1 ;;
    --key) is_key=1 ;;
    -*) fail $E_USAGE 'unknown option %s. See restore.sh --help.' 'không có tùy chọn %s. Xem restore.sh --help.' "$argument" ;;
    *) if [ -z "$name" ]; then name=$argument; elif [ -z "$file" ]; then file=$argument; else
      fail $E_USAGE 'one argument too many: %s' 'thừa một đối số: %s' "$argument"; fi ;;
  esac
done
use_environment "$name"
[ -z "$is_key" ] || fail $E_USAGE '--key needs a file. See restore.sh --help.' '--key cần một file. Xem restore.sh --help.'
[ -n "$file" ] || fail $E_USAGE 'which backup? restore.sh %s FILE. See restore.sh --help.' 'bản sao lưu nào? restore.sh %s FILE. Xem restore.sh --help.' "$name"
[ -f "$file" ] || fail $E_USAGE 'the backup %s is missing. See restore.sh --help.' 'không có bản sao lưu %s. Xem restore.sh --help.' "${file:--}"
# shellcheck source=deploy/scripts/lib-archive.sh
. "$scripts/lib-archive.sh"
# Only looking needs the programs all the same, and no lock.
is_dry=$dry dry=
if [ -z "$is_dry$check" ]; then take_lock; fi

mkdir -p "$state"
sweep "$state/.restoring_"
work=$(mktemp -d "$state/.restoring_$$-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap '' PIPE
trap 'fail $E_STOPPED "interrupted; nothing was changed." "bị ngắt; chưa có gì thay đổi."' INT TERM HUP
open_archive "$file" "$work/opened"
opened=$work/opened
[ "$backup_environment" = "$environment" ] ||
  fail $E_USAGE '%s is a backup of %s, not of %s: restore.sh %s FILE' '%s là bản sao lưu của %s, không phải của %s: restore.sh %s FILE' \
    "$file" "$backup_environment" "$environment" "$backup_environment"
if [ -n "$check$is_dry" ]; then
  say '%s can be opened and is complete: version %s, made %s, with' '%s mở được và đầy đủ: phiên bản %s, tạo lúc %s, gồm' "$file" "$backup_version" "$made"
  words '  the configuration for %s' '  cấu hình cho %s' "$compose_dir"
  [ ! -f "$opened/states" ] || sed 's/^[^ ]*/ /' "$opened/states"
  exit 0
fi

# What stands in the way is said before anything is changed.
if [ -e "$env_file" ] && [ -z "$force" ]; then
  fail $E_USAGE '%s is there already; --force puts the backup over it, and keeps it beside.' \
    '%s đã có sẵn; --force đặt bản sao lưu đè lên, và giữ bản cũ bên cạnh.' "$env_file"
fi
mkdir "$work/config"
tar -xpf "$opened/config.tar" -C "$work/config" 2>>"$errors" || open_failed "$file"
if [ -z "$config_only" ] && [ -f "$opened/states" ]; then
  use_compose
  need_program setsid util-linux
  # shellcheck source=deploy/scripts/lib-roles.sh
  . "$scripts/lib-roles.sh"
fi

# From here on, something changes; each step by a rename, and what was there stays.
trap '' INT TERM HUP
if [ -d "$compose_dir" ] && [ -n "$(ls -A "$compose_dir")" ]; then
  kept=$state/before-restore-$(date -u +%Y%m%dT%H%M%SZ)
  mv "$compose_dir" "$kept"
  say 'what was in %s is in %s now.' 'những gì từng ở %s nay nằm trong %s.' "$compose_dir" "$kept"
else
  rm -rf "$compose_dir"
fi
mkdir -p "$deploy"
mv "$work/config" "$compose_dir"
say 'the configuration is in %s.' 'cấu hình đã nằm trong %s.' "$compose_dir"
if [ -n "$config_only" ] || ! [ -f "$opened/states" ]; then exit 0; fi

version=$backup_version
# What the container does: nothing is replaced before all is unpacked beside it. 20: there is state; 21: it could not be unpacked.
# shellcheck disable=SC2016 # for the shell of the container
unpack='cd "$1" || exit 22
force=$2
rm -rf .restoring
all() { for one in * .[!.]* ..?*; do [ -e "$one" ] || [ -L "$one" ] || continue; "$1" "$one" || return 1; done; }
refuse() { case $1 in .bash* | .profile | .before-restore) ;; *) [ -n "$force" ] || return 1 ;; esac; }
all refuse || exit 20
mkdir .restoring && tar -xpf - -C .restoring || { rm -rf .restoring; exit 21; }
rm -rf .before-restore && mkdir .before-restore || exit 22
aside() { case $1 in .before-restore | .restoring) ;; *) mv "./$1" .before-restore/ ;; esac; }
all aside || exit 22
cd .restoring || exit 22
in_place() { case $1 in .before-restore) ;; *) mv "./$1" ../ ;; esac; }
all in_place || exit 22
cd .. && rm -rf .restoring; rmdir .before-restore 2>/dev/null || :'
while read -r tar service path <&4; do
  if [ -n "$force" ]; then compose stop "$service" </dev/null >&2 || true; fi
  if is_running "$service"; then
    fail $E_STUCK '%s runs: its state is in use. The configuration is back, its state is not. Stop it, or use --force.' \
      '%s đang chạy: trạng thái của nó đang được dùng. Cấu hình đã được trả lại, trạng thái thì chưa. Hãy dừng nó, hoặc dùng --force.' "$service"
  fi
  code=0
  fetch run --rm --no-deps -T --entrypoint sh "$service" -c "$unpack" sh "$path" "$force" \
    <"$opened/$tar" >&2 || code=$?
  case $code in
    0) say 'the state of %s is back (%s).' 'trạng thái của %s đã được trả lại (%s).' "$service" "$path" ;;
    20) fail $E_STUCK '%s has state already; it was left as it is. The configuration is back. --force puts the backup over it.' \
      '%s đã có trạng thái; nó được để nguyên. Cấu hình đã được trả lại. --force đặt bản sao lưu đè lên.' "$service" ;;
    *) fail $E_STUCK 'the state of %s could not be unpacked (a full disk? see above). What it had before is in %s, or in %s/.before-restore. The configuration is back.' \
      'không giải nén được trạng thái của %s (đĩa đầy? xem ở trên). Những gì nó có trước đó nằm trong %s, hoặc %s/.before-restore. Cấu hình đã được trả lại.' "$service" "$path" "$path" ;;
  esac
done 4<"$opened/states"
say 'all is back. Now: deploy.sh %s %s --no-backup' 'mọi thứ đã được trả lại. Tiếp theo: deploy.sh %s %s --no-backup' "$environment" "$backup_version"
