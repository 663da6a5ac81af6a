#!/bin/sh
# Asks everything that serves whether it works. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'health-check.sh ENV [--dry-run]

Asks each service of mcp-pipe (mcp-pipe health), and the address that clients use through nginx (HEALTH_URL of
.env.ENV, such as https://mcp.example.com/health), and looks how long the certificate of nginx is good: under 21 days it warns,
under 7 it fails. Says besides when a deploy was cut off, and when a disk is nearly full.
Exit code 0: all is well, or works in part; 1: something does not work. For cron and monitors.

Examples:
  health-check.sh production
  health-check.sh production || mail -s "mcp-pipe" admin@example.com </dev/null
' 'health-check.sh ENV [--dry-run]

Hỏi từng service của mcp-pipe (mcp-pipe health), và địa chỉ mà bên gọi dùng qua nginx (HEALTH_URL trong .env.ENV, ví dụ
https://mcp.example.com/health), và xem chứng chỉ của nginx còn hạn bao lâu: dưới 21 ngày thì cảnh báo, dưới 7 ngày thì báo lỗi.
Ngoài ra cho biết nếu một lần triển khai bị cắt ngang, hoặc đĩa sắp đầy.
Mã thoát 0: mọi thứ ổn, hoặc hoạt động một phần; 1: có gì đó không hoạt động. Dùng cho cron và chương trình giám sát.

Ví dụ:
  health-check.sh production
  health-check.sh production || mail -s "mcp-pipe" admin@example.com </dev/null
'
  help_of_all
}

only_environment "$@"
need_files
use_compose
# shellcheck source=deploy/scripts/lib-roles.sh
. "$scripts/lib-roles.sh"
version=$(deployed_version 0)
# Nothing is made of it here, but compose refuses a file with a variable that is empty.
version=${version:-${VERSION:-none}}
list_services

bad=
# row NAME STATE: a line of the result
row() { printf '%-12s %s\n' "$1" "$2"; }
for service in $ours; do
  if [ -n "$dry" ]; then ask exec -T "$service" mcp-pipe health --json && continue; fi
  status=$(status_of "$service")
  row "$service" "${status:-$(words 'does not answer' 'không trả lời')}"
  case $status in
    healthy) ;;
    degraded) ask exec -T "$service" mcp-pipe health </dev/null 2>/dev/null || true ;;
    *) bad="$bad $service" ;;
  esac
done
url=$(setting HEALTH_URL)
if [ -n "$url" ]; then
  need_program curl
  # The certificate of a local authority, for tests and inner networks.
  ca=$(setting HEALTH_CA)
  if run curl --silent --fail --max-time 10 ${ca:+--cacert "$ca"} --output /dev/null "$url" </dev/null; then
    [ -n "$dry" ] || row "$url" "$(words 'answers' 'có trả lời')"
  else
    row "$url" "$(words 'does not answer' 'không trả lời')"
    bad="$bad $url"
  fi
fi
# shellcheck source=deploy/scripts/lib-certificate.sh
. "$scripts/lib-certificate.sh"
[ -z "$dry" ] || words 'would look when %s ends' 'sẽ xem %s hết hạn khi nào' "$certificate" >&3
certificate_state
case $certificate_state in
  none) ;;
  unreadable)
    row certificate "$(words 'cannot be read' 'không đọc được')"
    say '%s cannot be read, or is none: try it as root.' '%s không đọc được, hoặc không phải chứng chỉ: hãy thử bằng root.' "$certificate" ;;
  valid) row certificate "$(words '%s days left' 'còn %s ngày' "$certificate_days")" ;;
  *)
    if [ "$certificate_state" = ended ]; then row certificate "$(words 'has ended' 'đã hết hạn')"
    else row certificate "$(words '%s days left' 'còn %s ngày' "$certificate_days")"; fi
    say 'the certificate was not renewed in time: renew-certificate.sh %s says why.' \
      'chứng chỉ không được gia hạn kịp: renew-certificate.sh %s cho biết vì sao.' "$environment"
    # The version of before would have the same one: a deploy is not put back for it.
    [ "$certificate_state" = ending ] || [ "${MCP_PIPE_LOCK_HELD:-}" = "$state" ] || bad="$bad certificate" ;;
esac
used=$(df -P "$deploy" | awk 'NR == 2 { sub("%", "", $5); print $5 }')
if [ "${used:-0}" -ge 90 ]; then
  say 'the disk of %s is full to %s %%: docker image prune, fewer backups (BACKUP_KEEP).' \
    'đĩa chứa %s đã dùng %s %%: docker image prune, giữ ít bản sao lưu hơn (BACKUP_KEEP).' "$deploy" "$used"
fi
# While deploy.sh asks, its own deploy is the one in progress.
cut=$(cut_off)
if [ -n "$cut" ] && [ "${MCP_PIPE_LOCK_HELD:-}" != "$state" ]; then
  say 'the deploy of %s was cut off, or still runs. If it does not: rollback.sh %s' \
    'lần triển khai %s đã bị cắt ngang, hoặc vẫn đang chạy. Nếu không còn chạy: rollback.sh %s' "$cut" "$environment"
fi
[ -z "$bad" ] || fail $E_FAILED 'not well:%s' 'không ổn:%s' "$bad"
