#!/bin/sh
# Puts a version of mcp-pipe into service, and the one before back if anything fails. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'deploy.sh ENV VERSION [--build | --no-pull] [--no-backup] [--dry-run]

Makes a backup, fetches the image, asks the new version whether it accepts the configuration, then replaces one after the
other: gateway-a, gateway-b (the other one answers meanwhile), and the pipe (stopped first: a token has one owner).
Each has to be ready before the next; at last everything is checked. When anything fails, or on Ctrl-C, the version
that ran before is put back by itself.

  --build      build the image here, instead of pulling it
  --no-pull    the image is here already (docker load)
  --no-backup  without a backup first
  --dry-run    show what would be done; do nothing

Examples:
  deploy.sh production 1.2.0
  deploy.sh production 1.2.0 --dry-run
  deploy.sh staging 1.3.0 --build
' 'deploy.sh ENV VERSION [--build | --no-pull] [--no-backup] [--dry-run]

Sao lưu, lấy image, hỏi phiên bản mới xem nó có chấp nhận cấu hình không, rồi thay lần lượt: gateway-a, gateway-b (cái
còn lại vẫn trả lời), và pipe (dừng trước rồi mới chạy: một token chỉ có một chủ). Mỗi cái phải sẵn sàng rồi mới đến
cái tiếp theo; cuối cùng kiểm tra tất cả. Có lỗi, hoặc bấm Ctrl-C, thì phiên bản trước tự động được chạy lại.

  --build      build image tại đây, thay vì pull
  --no-pull    image đã có sẵn ở đây (docker load)
  --no-backup  không sao lưu trước
  --dry-run    cho xem sẽ làm gì; không làm gì cả

Ví dụ:
  deploy.sh production 1.2.0
  deploy.sh production 1.2.0 --dry-run
  deploy.sh staging 1.3.0 --build
'
  help_of_all
}

image=pull with_backup=1 name='' new=''
for argument in "$@"; do
  case $argument in
    -h | --help) usage && exit 0 ;;
    --dry-run) dry=1 ;;
    --build) image=build ;;
    --no-pull) image=here ;;
    --no-backup) with_backup= ;;
    -*) fail $E_USAGE 'unknown option %s. See deploy.sh --help.' 'không có tùy chọn %s. Xem deploy.sh --help.' "$argument" ;;
    *) if [ -z "$name" ]; then name=$argument; elif [ -z "$new" ]; then new=$argument; else
      fail $E_USAGE 'one argument too many: %s' 'thừa một đối số: %s' "$argument"; fi ;;
  esac
done
use_environment "$name"
need_version "$new"
need_files
use_compose
take_lock
# shellcheck source=deploy/scripts/lib-roles.sh
. "$scripts/lib-roles.sh"

version=$new
old=$(deployed_version 0)
list_services
cut=$(cut_off)
[ -z "$cut" ] || say 'the deploy of %s was cut off; every service is looked after now.' \
  'lần triển khai %s trước đã bị cắt ngang; mọi service sẽ được xem lại.' "$cut"
on_signals

# stop_here ENGLISH VIETNAMESE ...: ends before anything was changed
stop_here() {
  if [ -n "$interrupted" ]; then
    record interrupted "$new" || :
    fail $E_STOPPED 'interrupted. Nothing was changed; %s runs on.' 'bị ngắt. Chưa có gì thay đổi; %s vẫn chạy.' "${old:--}"
  fi
  record failed "$new" || :
  fail $E_FAILED "$@"
}
go_on() { [ -z "$interrupted" ] || stop_here '' ''; }

if [ -n "$with_backup" ]; then
  code=0
  if [ -n "$dry" ]; then set -- --dry-run; else set --; exec 3>&2; fi
  VERSION=${old:-$new} "$scripts/backup.sh" "$environment" "$@" >&3 || code=$?
  go_on
  case $code in
    0) ;;
    "$E_HOOK") say 'the backup is only on this machine; the deploy goes on.' 'bản sao lưu chỉ nằm trên máy này; việc triển khai vẫn tiếp tục.' ;;
    *) record failed "$new" || :
      fail $code 'there is no backup, so nothing is deployed. --no-backup goes on without.' \
        'không sao lưu được nên không triển khai. Dùng --no-backup để bỏ qua.' ;;
  esac
fi

say '%s: the image (%s) ...' '%s: image (%s) ...' "$new" "$image"
# shellcheck disable=SC2086 # names of services
case $image in
  pull) fetch pull $ours </dev/null >&2 ;;
  build) fetch build $ours </dev/null >&2 ;;
  here) : ;;
esac || stop_here 'the image of %s cannot be had (see above). Nothing was changed; %s runs on.' \
  'không lấy được image %s (xem ở trên). Chưa có gì thay đổi; %s vẫn chạy.' "$new" "${old:--}"
go_on
say '%s: does it accept the configuration? ...' '%s: phiên bản này có chấp nhận cấu hình không? ...' "$new"
check_configuration ||
  stop_here '%s refuses the configuration, or does not run (see above). Nothing was changed; %s runs on.' \
    '%s từ chối cấu hình, hoặc không chạy được (xem ở trên). Chưa có gì thay đổi; %s vẫn chạy.' "$new" "${old:--}"
go_on

# From here on, something changes.
touched=
# undo: the version before is put back where it was replaced, and says how it ended. No step of it that fails ends it.
undo() {
  set +e
  how=failed code=$E_BACK
  if [ -n "$interrupted" ]; then how=interrupted code=$E_STOPPED; fi
  record "$how" "$new"
  if [ -z "$old" ]; then
    fail $E_STUCK '%s failed, and no version ran before. It is left as it is, to be looked at: compose logs, deploy.sh again.' \
      '%s bị lỗi, và trước đó chưa có phiên bản nào chạy. Mọi thứ được để nguyên để xem: compose logs, rồi deploy.sh lại.' "$new"
  fi
  say '%s failed or was interrupted: %s is put back ...' '%s bị lỗi hoặc bị ngắt: chạy lại %s ...' "$new" "$old"
  version=$old
  restore_configuration
  # shellcheck disable=SC2086 # names of services
  back=$(reversed $touched)
  # What was cut off may have left another version in any of them.
  # shellcheck disable=SC2086 # names of services
  if [ -n "$cut" ]; then look_after $ours && back=$worst_first; fi
  # shellcheck disable=SC2086 # names of services
  if put_back "$old" $back; then
    rm -f "$state/in-progress" "$state/rolling-back"
    record rolled-back "$old"
    fail $code '%s is not in service (%s). %s runs again, everywhere.' '%s không được đưa vào hoạt động (%s). %s đã chạy lại ở mọi nơi.' "$new" "$how" "$old"
  fi
  fail $E_STUCK '%s could not be put back for:%s. Look at once: compose ps, compose logs; then rollback.sh %s.' \
    'không chạy lại được %s cho:%s. Hãy xem ngay: compose ps, compose logs; rồi rollback.sh %s.' "$old" "$stuck" "$environment"
}

[ -n "$dry" ] || printf '%s\n' "$new" 2>/dev/null >"$state/in-progress" || {
  rm -f "$state/in-progress"
  fail $E_NO_ROOM 'nothing can be written in %s (a full disk?). Nothing was changed; %s runs on.' \
    'không ghi được vào %s (đĩa đầy?). Chưa có gì thay đổi; %s vẫn chạy.' "$state" "${old:--}"
}
if [ -n "$others" ]; then
  # shellcheck disable=SC2086 # names of services
  fetch up -d $others </dev/null >&2 || undo
fi
# shellcheck disable=SC2086 # names of services
if [ -n "$cut" ]; then look_after $ours && ours=$worst_first; fi
for service in $ours; do
  [ -z "$interrupted" ] || undo
  # As good as before, or better: a new version in which a server does not work any more is a failure.
  wanted=healthy
  if [ -z "$dry" ] && [ "$(status_of "$service")" = degraded ]; then wanted=degraded; fi
  touched="$touched $service"
  replace "$service" "$wanted" || undo
done
if is_one_of "$front" "$services"; then
  compose up -d --no-deps "$front" </dev/null >&2 || undo
  reload_front || undo
fi
[ -z "$interrupted" ] || undo
run "$scripts/health-check.sh" "$environment" >&2 9>&- || undo
[ -z "$interrupted" ] || undo
# It is in service now; what follows only writes it down.
trap '' INT TERM HUP
record deployed "$new" ||
  fail $E_NO_ROOM '%s is in service, but that is written down nowhere. Make room, then run this again: until then a rollback would not know it.' \
    '%s đã hoạt động, nhưng chưa được ghi lại ở đâu. Hãy giải phóng đĩa rồi chạy lại lệnh này: trước đó, việc quay lại không biết đến nó.' "$new"
[ -n "$dry" ] || rm -f "$state/in-progress" "$state/rolling-back"
keep_configuration ||
  say 'its configuration could not be kept for a later rollback (a full disk? see above).' \
    'không giữ được cấu hình của nó cho lần quay lại sau này (đĩa đầy? xem ở trên).'
if [ -n "$dry" ]; then say 'nothing was done.' 'chưa làm gì cả.' && exit 0; fi
say '%s is in service in %s (before: %s). Back: rollback.sh %s' '%s đã hoạt động ở %s (trước đó: %s). Quay lại: rollback.sh %s' \
  "$new" "$environment" "${old:--}" "$environment"
