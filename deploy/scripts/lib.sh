# shellcheck shell=sh
# shellcheck disable=SC2034 # what stands here is used by the scripts that read this file
# What the scripts of this folder share: language, arguments, settings, the lock, compose, exit codes. Read by `.`, never run.
#
#   MCP_PIPE_DEPLOY    the folder with compose/ and state/; default: the folder above this one
#   MCP_PIPE_COMPOSE   how compose is called; default: `docker compose`, else `docker-compose`
#
# A setting (BACKUP_KEEP, ...) is taken from the environment, else from compose/.env.ENV, which is never run as a script.

# Exit codes, the same in every script.
E_FAILED=1     # it failed, and nothing was changed
E_USAGE=2      # wrong arguments, or something has to be set up first
E_BACK=3       # it failed, and what ran before runs again
E_STUCK=4      # it failed, and could not be put back: a person has to look
E_LOCKED=5     # another script works on the same environment
E_KEY=7        # wrong passphrase or key
E_DAMAGED=8    # the archive is incomplete, or was changed
E_NO_ROOM=9    # a disk is full
E_HOOK=10      # the backup is made; the hook that carries it away failed
E_STOPPED=130  # interrupted (Ctrl-C, SIGTERM); the last line says what runs

# Files that are made here are for this user alone.
umask 077
# What --dry-run shows is a result, also where the output of a command is not.
exec 3>&1

program=$(basename "$0" .sh)
scripts=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
deploy=${MCP_PIPE_DEPLOY:-$(dirname -- "$scripts")}
# compose is called in another folder.
case $deploy in /*) ;; *) deploy=$(pwd)/$deploy ;; esac
compose_dir=$deploy/compose
compose_file=docker-compose.prod.yml
dry=
version=

# The first of the three that is set counts, as in mcp-pipe itself.
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
  [Vv][Ii] | [Vv][Ii][!A-Za-z]*) lang='vi' ;;
  *) lang='en' ;;
esac

# words ENGLISH VIETNAMESE [ARGUMENT...]: one line in the language; the texts are formats of printf.
words() {
  if [ "$lang" = vi ]; then words_format=$2; else words_format=$1; fi
  shift 2
  # shellcheck disable=SC2059 # the format is one of the two texts
  printf -- "$words_format\n" "$@"
}

# What happens goes to stderr; stdout is for results. A terminal that is gone ends nothing.
say() { { printf '%s: ' "$program" && words "$@"; } >&2 || :; }

# on_signals: Ctrl-C and SIGTERM set `interrupted`, which is looked at between steps, so that none is left half done. When the terminal
# goes (SSH), what is said from then on is in state/ENV/log.
on_signals() {
  interrupted=
  trap 'interrupted=1' INT TERM
  trap 'interrupted=1; away' HUP
  trap '' PIPE
}
# A redirection of exec that fails would end the shell, and leave a deploy half done.
away() {
  if (: >>"$state/log") 2>/dev/null; then exec >>"$state/log" 2>&1 3>&1; else exec >/dev/null 2>&1 3>&1; fi
}

# fail CODE ENGLISH VIETNAMESE [ARGUMENT...]
fail() {
  fail_code=$1
  shift
  say "$@"
  exit "$fail_code"
}

# What --help prints behind the text of a script.
help_of_all() {
  words 'Exit codes: 0 done; 1 failed, nothing was changed; 2 wrong arguments, or something is not set up; 3 failed, and what
ran before runs again; 4 failed, and could not be put back: look at once; 5 another script is at work; 7 wrong passphrase
or key; 8 the archive is incomplete or was changed; 9 a disk is full; 10 the backup is made, its hook failed; 130 interrupted.' \
    'Mã thoát: 0 xong; 1 lỗi, chưa có gì bị thay đổi; 2 sai đối số, hoặc chưa thiết lập đủ; 3 lỗi, và bản trước đã
chạy lại; 4 lỗi, và không khôi phục được: cần xem ngay; 5 một script khác đang chạy; 7 sai mật khẩu hoặc khóa;
8 bản sao lưu bị thiếu hoặc đã bị sửa; 9 đĩa đầy; 10 đã sao lưu xong, nhưng hook bị lỗi; 130 bị ngắt.'
}

# only_environment ARGUMENTS: for a script that takes an environment, --dry-run and --help, and nothing else.
only_environment() {
  name=''
  for argument in "$@"; do
    case $argument in
      -h | --help) usage && exit 0 ;;
      --dry-run) dry=1 ;;
      -*) fail $E_USAGE 'unknown option %s. See %s.sh --help.' 'không có tùy chọn %s. Xem %s.sh --help.' "$argument" "$program" ;;
      *) [ -z "$name" ] || fail $E_USAGE 'one argument too many: %s' 'thừa một đối số: %s' "$argument"
        name=$argument ;;
    esac
  done
  use_environment "$name"
}

# use_environment NAME: its files and settings.
use_environment() {
  environment=$1
  case $environment in
    '' | -* | *[!a-z0-9-]*)
      fail $E_USAGE 'the environment is a name such as production or staging (small letters, digits, -). See %s.sh --help.' \
        'môi trường là một tên như production hoặc staging (chữ thường, chữ số, -). Xem %s.sh --help.' "$program" ;;
  esac
  env_file=$compose_dir/.env.$environment
  state=$deploy/state/$environment
  history=$state/history
}

mark=$(printf '\357\273\277')
carriage=$(printf '\r')
# setting NAME [DEFAULT]: as compose reads the file, whichever editor has written it; but `${...}` in a value stays as it is.
setting() {
  eval "setting_value=\${$1:-}"
  if [ -z "$setting_value" ] && [ -f "$env_file" ]; then
    setting_value=$(sed -n "1s/^$mark//; s/$carriage\$//
      s/^[[:blank:]]*\(export[[:blank:]][[:blank:]]*\)*$1[[:blank:]]*=[[:blank:]]*//p" "$env_file" | tail -n 1)
    case $setting_value in
      \"*) setting_value=${setting_value#?} && setting_value=${setting_value%%\"*} ;;
      \'*) setting_value=${setting_value#?} && setting_value=${setting_value%%\'*} ;;
      *) setting_value=${setting_value%%[[:blank:]]#*}
        setting_value=${setting_value%"${setting_value##*[![:blank:]]}"} ;;
    esac
  fi
  printf '%s' "${setting_value:-${2:-}}"
}

# number NAME DEFAULT SMALLEST: a setting that is a whole number. A shell that meets another one in a sum ends, wherever it is.
number() {
  number_value=$(setting "$1" "$2")
  case $number_value in
    '' | *[!0-9]* | 0?* | ???????*) ;;
    *) if [ "$number_value" -ge "$3" ]; then printf '%s' "$number_value" && return 0; fi ;;
  esac
  fail $E_USAGE '%s has to be a whole number from %s on, without a unit: %s' '%s phải là số nguyên từ %s trở lên, không kèm đơn vị: %s' \
    "$1" "$3" "$number_value"
}

# seconds: of a clock that nobody sets
seconds() {
  if read -r up_time _ 2>/dev/null </proc/uptime; then printf '%s' "${up_time%.*}"; else date +%s; fi
}

need_files() {
  [ -f "$compose_dir/$compose_file" ] ||
    fail $E_USAGE '%s is missing. Run the script of the folder that was deployed, or set MCP_PIPE_DEPLOY.' \
      'thiếu %s. Hãy chạy script của thư mục đã triển khai, hoặc đặt MCP_PIPE_DEPLOY.' "$compose_dir/$compose_file"
  [ -f "$env_file" ] ||
    fail $E_USAGE '%s is missing. Copy .env.production.example to it and fill it in.' \
      'thiếu %s. Hãy chép .env.production.example thành file đó rồi điền vào.' "$env_file"
}

need_program() {
  command -v "$1" >/dev/null 2>&1 || [ -n "$dry" ] ||
    fail $E_USAGE 'the program %s is missing: apt-get install %s' 'thiếu chương trình %s: apt-get install %s' "$1" "${2:-$1}"
}

use_compose() {
  compose_command=${MCP_PIPE_COMPOSE:-}
  [ -z "$compose_command" ] || return 0
  if docker compose version >/dev/null 2>&1 || [ -n "$dry" ]; then
    compose_command='docker compose'
  elif command -v docker-compose >/dev/null 2>&1; then
    compose_command=docker-compose
    case $(docker-compose version --short 2>/dev/null) in
      1.*) fail $E_USAGE 'docker-compose is version 1 here, which does not read the compose file. Version 2: docker-compose-plugin of docker.com, or Debian 13.' \
        'docker-compose ở đây là phiên bản 1, không đọc được file compose. Phiên bản 2: docker-compose-plugin của docker.com, hoặc Debian 13.' ;;
    esac
  else
    fail $E_USAGE 'neither docker compose nor docker-compose is there. init-vps.sh installs it.' \
      'không có docker compose lẫn docker-compose. init-vps.sh sẽ cài đặt.'
  fi
}

# compose_within SECONDS ARGUMENT...: with the files of the environment and VERSION. In a session of its own: Ctrl-C lets it finish its step.
# A Docker that hangs does not hang the script. The lock (9) is not for what it starts.
compose_within() {
  compose_seconds=$1
  shift
  if [ -n "$dry" ]; then
    words 'would run: VERSION=%s %s %s' 'sẽ chạy: VERSION=%s %s %s' "$version" "$compose_command" "$*" >&3
    return 0
  fi
  compose_code=0 compose_since=$(seconds)
  # shellcheck disable=SC2086 # MCP_PIPE_COMPOSE may be several words
  (cd "$compose_dir" && VERSION=$version exec setsid -w timeout -k 10 "$compose_seconds" $compose_command --file "$compose_file" \
    --project-name "$(project)" --env-file "$env_file" "$@" 3>&- 9>&-) || compose_code=$?
  case $compose_code in
    124 | 137) [ $(($(seconds) - compose_since)) -lt "$compose_seconds" ] || say 'compose %s was ended: it took more than %s s. Does Docker answer (docker ps)?' \
      'compose %s đã bị dừng: mất hơn %s giây. Docker còn trả lời không (docker ps)?' "$*" "$compose_seconds" ;;
  esac
  return $compose_code
}

# What ends by itself has five minutes, what answers at once half of one, what moves data of any size four hours.
compose() { compose_within 300 "$@"; }
ask() { compose_within 30 "$@"; }
fetch() { compose_within 14400 "$@"; }

# The name of the compose project; the same one by hand and by these scripts, or there would be two owners of one token.
project() { setting COMPOSE_PROJECT_NAME mcp-pipe; }

# run ARGUMENT...: a command that changes something
run() {
  if [ -n "$dry" ]; then
    words 'would run: %s' 'sẽ chạy: %s' "$*" >&3
  else
    "$@"
  fi
}

# The kernel ends the lock with this process, however it ends.
take_lock() {
  [ -z "$dry" ] || return 0
  need_program flock util-linux
  mkdir -p "$state" || fail $E_FAILED 'the folder %s cannot be made.' 'không tạo được thư mục %s.' "$state"
  # A script that another one runs (backup.sh of deploy.sh) shares its lock.
  [ "${MCP_PIPE_LOCK_HELD:-}" != "$state" ] || return 0
  exec 9>>"$state/lock"
  flock -n 9 ||
    fail $E_LOCKED 'another script (%s) works on %s. Nothing was done; wait until it has ended.' \
      'một script khác (%s) đang làm việc với %s. Chưa làm gì cả; hãy chờ nó xong.' "$(cat "$state/lock")" "$environment"
  # On a full disk the lock has no words.
  printf '%s, pid %s\n' "$program" "$$" 2>/dev/null >"$state/lock" || :
  export MCP_PIPE_LOCK_HELD="$state"
}

# record EVENT VERSION: a line of the history; events: deployed, rolled-back, failed, interrupted. Fails where a disk is full; what it
# tells of is done all the same.
record() {
  [ -z "$dry" ] || return 0
  # A line that was cut off stays alone.
  record_before=''
  if [ -n "$(tail -c 1 "$history" 2>/dev/null)" ]; then record_before='
'; fi
  printf '%s%s\t%s\t%s\n' "$record_before" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" 2>/dev/null >>"$history" ||
    { say 'this could not be written into %s: %s %s. Is its disk full?' 'không ghi được vào %s: %s %s. Đĩa đã đầy?' "$history" "$1" "$2"
      return 1; }
}

# deployed_version N: the version that runs (0), or that N deploys before it ran; what was rolled back does not count.
deployed_version() {
  [ -f "$history" ] || return 0
  awk -F '\t' -v back="$1" '
    NF != 3 || $3 !~ /^[A-Za-z0-9_]/ { next }
    $2 == "deployed" && !(n > 0 && s[n] == $3) { s[++n] = $3 }
    $2 == "rolled-back" { while (n > 1 && s[n] != $3) n--; if (n == 0) n = 1; s[n] = $3 }
    END { if (n - back >= 1) print s[n - back] }' "$history"
}

# cut_off: the version of a deploy or rollback that was cut off, or still runs
cut_off() {
  for cut_file in "$state/in-progress" "$state/rolling-back"; do
    if [ -f "$cut_file" ]; then printf '%s' "$(cat "$cut_file")" && return 0; fi
  done
}

# A version is part of a name of an image, and `latest` says nothing about what to roll back to.
need_version() {
  case $1 in
    '' | -* | .* | *[!A-Za-z0-9._-]*)
      fail $E_USAGE 'the version is missing or is none, such as 1.2.0. See %s.sh --help.' \
        'thiếu phiên bản, hoặc phiên bản không đúng dạng như 1.2.0. Xem %s.sh --help.' "$program" ;;
    latest)
      fail $E_USAGE 'latest is not a version: what it is changes, and nothing could be rolled back to. Name one, such as 1.2.0.' \
        'latest không phải là một phiên bản: nội dung của nó thay đổi, và không quay lại được. Hãy ghi rõ, ví dụ 1.2.0.' ;;
  esac
}

# sweep PREFIX: what scripts that were killed have left there (PREFIX and the pid). It is in the clear.
sweep() {
  for left in "$1"[0-9]*; do
    left_of=${left#"$1"}
    if [ -e "$left" ] && ! kill -0 "${left_of%%-*}" 2>/dev/null; then rm -rf "$left"; fi
  done
}

# is_room_error FILE: whether a program has written there that a disk is full. Where the disk of the file itself is, nothing stands in it.
is_room_error() {
  grep -q 'No space left\|Disk quota exceeded' "$1" || [ "$(df -kP "$(dirname -- "$1")" | awk 'NR == 2 { print $4 }')" -lt 64 ]
}
