# shellcheck shell=sh
# shellcheck disable=SC2154 # set by lib.sh, which is read before
# How services of the compose file are replaced, one after the other. Read after lib.sh and use_environment.

gateways=$(setting DEPLOY_GATEWAYS 'gateway-a gateway-b')
pipe=$(setting DEPLOY_PIPE pipe)
front=$(setting DEPLOY_FRONT nginx)
patience=$(number DEPLOY_TIMEOUT 120 1)
steady=$(number DEPLOY_STEADY 3 0)
# See on_signals.
interrupted=

# Sets `services` (all), `ours` (those of mcp-pipe, in the order in which they are replaced) and `others` (without nginx).
list_services() {
  if [ -n "$dry" ]; then
    services="$gateways $pipe $front"
  else
    services=$(compose config --services </dev/null) ||
      fail "$E_USAGE" 'compose refuses %s: see above.' 'compose từ chối %s: xem ở trên.' "$compose_file"
  fi
  ours='' others=''
  for service in $gateways $pipe; do
    if is_one_of "$service" "$services"; then ours="$ours $service"; fi
  done
  for service in $services; do
    is_one_of "$service" "$ours $front" || others="$others $service"
  done
  [ -n "$ours" ] || fail "$E_USAGE" '%s has none of the services %s.' '%s không có service nào trong số %s.' "$compose_file" "$gateways $pipe"
}

is_one_of() { case " $(echo "$2" | tr '\n' ' ') " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# status_of SERVICE: healthy, degraded or down, as mcp-pipe says it; nothing when none answers.
status_of() {
  ask exec -T "$1" mcp-pipe health --json </dev/null 2>/dev/null |
    sed -n 's/^  "status": "\([a-z]*\)".*/\1/p'
}

# wait_ready SERVICE WANTED: as good as wanted (healthy, or degraded for anything but down) for $steady seconds without a break.
wait_ready() {
  if [ -n "$dry" ]; then
    words 'would wait until %s is ready, at most %s s' 'sẽ chờ đến khi %s sẵn sàng, nhiều nhất %s giây' "$1" "$patience" >&3
    return 0
  fi
  since='' last=''
  now=$(seconds)
  deadline=$((now + patience + steady))
  while [ "$now" -lt "$deadline" ]; do
    [ -z "$interrupted" ] || return 1
    last=$(status_of "$1")
    now=$(seconds)
    case $last,$2 in
      healthy,* | degraded,degraded) since=${since:-$now} ;;
      *) since='' ;;
    esac
    if [ -n "$since" ] && [ $((now - since)) -ge "$steady" ]; then return 0; fi
    sleep 1
  done
  say '%s is not ready after %s s (it says: %s). Its last lines:' '%s vẫn chưa sẵn sàng sau %s giây (trạng thái: %s). Những dòng cuối của nó:' \
    "$1" "$patience" "${last:--}"
  compose logs --tail 15 "$1" </dev/null >&2 || true
  return 1
}

# replace SERVICE WANTED: ends it first (its calls finish), then starts $version. Of a pipe there are never two: the endpoint would
# close the connection of one of them.
replace() {
  say '%s: %s stops, then starts ...' '%s: %s dừng rồi chạy lại ...' "$version" "$1"
  ! is_one_of "$1" "$gateways" || take_out "$1"
  compose stop "$1" </dev/null >&2 || return 1
  if [ "$1" = "$pipe" ] && [ -z "$dry" ] && is_running "$1"; then
    say '%s still runs after its stop; a second one is not started.' '%s vẫn chạy sau khi dừng; không chạy thêm cái thứ hai.' "$1"
    return 1
  fi
  compose up -d --no-deps "$1" </dev/null >&2 || return 1
  wait_ready "$1" "$2" || return 1
  ! is_one_of "$1" "$gateways" || take_in "$1"
  say '%s: %s is ready' '%s: %s đã sẵn sàng' "$version" "$1"
}

# take_out REPLICA: nginx gives it no further request, while those that it has are answered. nginx looks for the file at each request
# (deploy/compose/nginx): a reload would close connections on which a client is about to send. In /tmp of its container, so that
# nothing is left of it when nginx is started anew.
take_out() {
  if ! front_runs; then return 0; fi
  ask exec -T "$front" touch "/tmp/away-$1" </dev/null >&2 || return 0
  # A request that was given to it in this moment has to arrive before it stops listening.
  run sleep 1
}
take_in() {
  if ! front_runs; then return 0; fi
  ask exec -T "$front" rm -f "/tmp/away-$1" </dev/null >&2 || true
}
front_runs() { is_one_of "$front" "$services" && { [ -n "$dry" ] || is_running "$front"; }; }

# reload_front: lets nginx read its configuration again, if that has changed since the last success and is right.
reload_front() {
  if ! front_runs || diff -r "$compose_dir/$front" "$state/good/$front" >/dev/null 2>&1; then return 0; fi
  ask exec -T "$front" nginx -t </dev/null >&2 && ask exec -T "$front" nginx -s reload </dev/null >&2
}

# is_running SERVICE
is_running() { ask exec -T "$1" true </dev/null >/dev/null 2>&1; }

# check_configuration: whether $version accepts the configuration of each role; starts nothing and changes nothing. The compose file
# has services for it (profile "check"), since a second container of a service that runs could not have its address.
check_configuration() {
  checks=$(setting DEPLOY_CHECKS 'check-gateway check-pipe')
  [ -n "$dry" ] || there=$(compose --profile check config --services </dev/null) || return 1
  for one in $checks; do
    if [ -z "$dry" ] && ! is_one_of "$one" "$there"; then continue; fi
    # Where there is no agent, there is no endpoint to be asked about.
    if [ "$one" = "check-$pipe" ] && ! is_one_of "$pipe" "$ours"; then continue; fi
    compose --profile check run --rm --no-deps -T "$one" </dev/null >&2 || return 1
  done
}

# look_after SERVICE...: sets `worst_first`, for a deploy that was cut off: what answers nothing comes first, while the other replica still
# answers; and nginx gives requests again to those that it may have been told to pass over.
look_after() {
  worst_first='' well=''
  for service in "$@"; do
    if [ -n "$dry" ]; then well="$well $service" && continue; fi
    case $(status_of "$service") in
      healthy | degraded) well="$well $service"
        ! is_one_of "$service" "$gateways" || take_in "$service" ;;
      *) worst_first="$worst_first $service" ;;
    esac
  done
  worst_first="$worst_first$well"
}

# put_back VERSION SERVICE...: the services with that version again, whatever else happens meanwhile.
put_back() {
  trap '' INT TERM PIPE
  trap away HUP
  interrupted=
  # There is nothing else to try: a way back that is slow is better than none.
  [ "$patience" -ge 120 ] || patience=120
  version=$1
  shift
  stuck=
  for service in "$@"; do
    replace "$service" degraded || stuck="$stuck $service"
  done
  [ -z "$stuck" ]
}

# reversed WORD...
reversed() {
  reversed_words=
  for word in "$@"; do reversed_words="$word $reversed_words"; done
  printf '%s' "$reversed_words"
}

# The configuration as it was at the last success, for the version that ran then.
keep_configuration() {
  [ -z "$dry" ] || return 0
  rm -rf "$state/good.new"
  if ! cp -Rp "$compose_dir" "$state/good.new"; then rm -rf "$state/good.new" && return 1; fi
  rm -rf "$state/good" && mv "$state/good.new" "$state/good"
}

# restore_configuration: puts that back if it differs and $version refuses what is there; what was there stays in state/.
restore_configuration() {
  if [ -n "$dry" ] || ! [ -d "$state/good" ] || diff -r "$compose_dir" "$state/good" >/dev/null 2>&1; then return 0; fi
  if check_configuration >/dev/null 2>&1; then return 0; fi
  if ! exchange_configuration; then
    say 'the configuration of the last success could not be put back (a full disk? see above).' \
      'không trả lại được cấu hình của lần thành công gần nhất (đĩa đầy? xem ở trên).'
    return 0
  fi
  say '%s refuses the configuration; that of its last run is back. Yours is in %s.' \
    '%s từ chối cấu hình; cấu hình của lần chạy trước đã được trả lại. Cấu hình của bạn nằm trong %s.' "$version" "$refused"
}

# exchange_configuration: that of the last success over what is there, which is in $refused then.
exchange_configuration() {
  refused=$state/refused-$(date -u +%Y%m%dT%H%M%SZ)
  cp -Rp "$compose_dir" "$refused" || { rm -rf "$refused"; return 1; }
  cp -Rp "$state/good/." "$compose_dir"
}
