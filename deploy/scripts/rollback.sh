#!/bin/sh
# Puts the version before (or a named one) back into service. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'rollback.sh ENV [VERSION] [--config] [--list] [--dry-run]

Puts the version back that was in service before the present one, or VERSION, in the same order as deploy.sh. After a deploy
that was cut off (power, kill -9) it makes all services the same version again.

  --config   also put the configuration back as it was at the last success (yours is kept in state/)
  --list     what was in service, and when; does nothing
  --dry-run  show what would be done; do nothing

Examples:
  rollback.sh production
  rollback.sh production 1.1.0
  rollback.sh production --list
' 'rollback.sh ENV [VERSION] [--config] [--list] [--dry-run]

Chạy lại phiên bản trước phiên bản hiện tại, hoặc VERSION, theo cùng thứ tự như deploy.sh. Sau một lần triển khai bị cắt
ngang (mất điện, kill -9), lệnh này đưa mọi service về cùng một phiên bản.

  --config   trả lại cả cấu hình như ở lần thành công gần nhất (cấu hình của bạn được giữ trong state/)
  --list     những phiên bản nào đã hoạt động, và khi nào; không làm gì cả
  --dry-run  cho xem sẽ làm gì; không làm gì cả

Ví dụ:
  rollback.sh production
  rollback.sh production 1.1.0
  rollback.sh production --list
'
  help_of_all
}

name='' wanted_version='' with_config='' list=''
for argument in "$@"; do
  case $argument in
    -h | --help) usage && exit 0 ;;
    --dry-run) dry=1 ;;
    --config) with_config=1 ;;
    --list) list=1 ;;
    -*) fail $E_USAGE 'unknown option %s. See rollback.sh --help.' 'không có tùy chọn %s. Xem rollback.sh --help.' "$argument" ;;
    *) if [ -z "$name" ]; then name=$argument; elif [ -z "$wanted_version" ]; then wanted_version=$argument; else
      fail $E_USAGE 'one argument too many: %s' 'thừa một đối số: %s' "$argument"; fi ;;
  esac
done
use_environment "$name"
if [ -n "$list" ]; then
  [ -f "$history" ] || fail $E_USAGE 'nothing was deployed here yet.' 'ở đây chưa triển khai lần nào.'
  cat "$history"
  exit 0
fi
need_files
use_compose
take_lock
# shellcheck source=deploy/scripts/lib-roles.sh
. "$scripts/lib-roles.sh"

present=$(deployed_version 0)
back=$wanted_version
# A deploy that was cut off never came into service: what to go back to is what was.
# A rollback that was cut off knew where to.
if [ -z "$back" ] && [ -s "$state/rolling-back" ]; then back=$(cat "$state/rolling-back"); fi
if [ -z "$back" ] && [ -f "$state/in-progress" ]; then back=$present; fi
if [ -z "$back" ]; then back=$(deployed_version 1); fi
[ -n "$back" ] ||
  fail $E_USAGE 'there is no version before %s in the history of %s. Name one: rollback.sh %s VERSION.' \
    'trong lịch sử không có phiên bản nào trước %s của %s. Hãy ghi rõ: rollback.sh %s VERSION.' "${present:--}" "$environment" "$environment"
need_version "$back"
version=$back
list_services
if [ -n "$with_config" ] && [ -z "$dry" ]; then
  [ -d "$state/good" ] || fail $E_USAGE 'no configuration is kept here yet: restore.sh takes one from a backup.' \
    'ở đây chưa giữ cấu hình nào: restore.sh lấy lại cấu hình từ một bản sao lưu.'
  exchange_configuration || fail $E_NO_ROOM 'the configuration could not be put back (see above). Nothing was replaced.' \
    'không trả lại được cấu hình (xem ở trên). Chưa thay gì cả.'
fi
check_configuration ||
  fail $E_FAILED '%s refuses the configuration, or its image is not here (see above). Nothing was replaced. --config puts back that of the last success.' \
    '%s từ chối cấu hình, hoặc không có image (xem ở trên). Chưa thay gì cả. --config trả lại cấu hình của lần thành công gần nhất.' "$back"
# Where it cannot be written down, it is done all the same.
[ -n "$dry" ] || printf '%s\n' "$back" 2>/dev/null >"$state/rolling-back" || :
# Ctrl-C does not leave it half done.
# shellcheck disable=SC2086 # names of services
look_after $ours
# shellcheck disable=SC2086 # names of services
if ! put_back "$back" $worst_first; then
  fail $E_STUCK '%s does not come up for:%s. Look at once: compose ps, compose logs.' \
    '%s không chạy được cho:%s. Hãy xem ngay: compose ps, compose logs.' "$back" "$stuck"
fi
record rolled-back "$back" || :
[ -n "$dry" ] || rm -f "$state/in-progress" "$state/rolling-back"
run "$scripts/health-check.sh" "$environment" >&2 9>&- ||
  fail $E_STUCK '%s runs, but something is not well (see above).' '%s đã chạy, nhưng có gì đó chưa ổn (xem ở trên).' "$back"
if [ -n "$dry" ]; then say 'nothing was done.' 'chưa làm gì cả.' && exit 0; fi
say '%s is in service in %s again (before: %s).' '%s đã hoạt động trở lại ở %s (trước đó: %s).' "$back" "$environment" "${present:--}"
