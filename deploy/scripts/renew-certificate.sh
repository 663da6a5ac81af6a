#!/bin/sh
# Renews the certificate of nginx. See --help.
set -eu
# shellcheck source=deploy/scripts/lib.sh
. "$(dirname -- "$0")/lib.sh"

usage() {
  words 'renew-certificate.sh ENV [--dry-run]

Asks certbot to renew what ends within 30 days, has nginx read a new certificate at once, and writes down for Prometheus when
the certificate ends (METRICS_FOLDER, default /var/lib/mcp-pipe). The timer of init-vps.sh runs it twice a day. certbot
is not asked when .env.ENV says CERTIFICATE=own, or when the certificate was signed by itself.

Examples:
  renew-certificate.sh production
  systemctl list-timers mcp-pipe-certificate.timer     # when it runs next
  journalctl -u mcp-pipe-certificate                   # what it has said
' 'renew-certificate.sh ENV [--dry-run]

Bảo certbot gia hạn chứng chỉ còn dưới 30 ngày, cho nginx đọc chứng chỉ mới ngay, và ghi lại cho Prometheus ngày hết hạn
(METRICS_FOLDER, mặc định /var/lib/mcp-pipe). Timer của init-vps.sh chạy script này hai lần mỗi ngày. Không gọi
certbot nếu .env.ENV có CERTIFICATE=own, hoặc chứng chỉ là loại tự ký.

Ví dụ:
  renew-certificate.sh production
  systemctl list-timers mcp-pipe-certificate.timer     # lần chạy kế tiếp
  journalctl -u mcp-pipe-certificate                   # script đã nói gì
'
  help_of_all
}

only_environment "$@"
need_files
need_program openssl
use_compose
# shellcheck source=deploy/scripts/lib-certificate.sh
. "$scripts/lib-certificate.sh"
# shellcheck disable=SC2034 # compose reads it: it refuses a file with a variable that is empty
version=$(deployed_version 0)
version=${version:-$(setting VERSION none)}
folder=$(setting METRICS_FOLDER /var/lib/mcp-pipe)

# Of the certificate itself; where there is none yet, nothing.
checksum() { [ ! -e "$certificate" ] || cksum <"$certificate"; }
is_self_signed() {
  [ "$(openssl x509 -noout -issuer -nameopt RFC2253 -in "$certificate" 2>/dev/null | sed 's/^issuer= *//')" = \
    "$(openssl x509 -noout -subject -nameopt RFC2253 -in "$certificate" 2>/dev/null | sed 's/^subject= *//')" ]
}

failed=
if ! [ -e "$certificate" ]; then
  fail $E_USAGE '%s is missing. Make the first one: docs/vps.md.' 'thiếu %s. Hãy tạo chứng chỉ đầu tiên: docs/vi/vps.md.' "$certificate"
elif [ "$(setting CERTIFICATE)" = own ]; then
  say 'CERTIFICATE=own: certbot is not asked.' 'CERTIFICATE=own: không gọi certbot.'
elif is_self_signed; then
  say 'the certificate was signed by itself: certbot is not asked. A real one: docs/vps.md.' \
    'chứng chỉ là loại tự ký: không gọi certbot. Chứng chỉ thật: docs/vi/vps.md.'
else
  before=$(checksum)
  compose --profile acme run --rm -T certbot </dev/null >&2 || failed=1
  if [ "$(checksum)" != "$before" ] || [ -n "$dry" ]; then
    # Once in six hours nginx reads it by itself.
    compose exec -T nginx nginx -s reload </dev/null >&2 || failed=1
    [ -n "$dry" ] || say 'there is a new certificate.' 'đã có chứng chỉ mới.'
  fi
fi

certificate_state
if [ -n "$dry" ]; then
  words 'would write %s' 'sẽ ghi %s' "$folder/certificate.prom" >&3
elif [ -n "$certificate_days" ]; then
  # node-exporter reads it as a user of its own.
  umask 022
  mkdir -p "$folder"
  {
    echo '# HELP deploy_certificate_expires_timestamp_seconds When the certificate of nginx ends.'
    echo '# TYPE deploy_certificate_expires_timestamp_seconds gauge'
    echo "deploy_certificate_expires_timestamp_seconds $(certificate_end)"
  } >"$folder/certificate.prom.new"
  mv "$folder/certificate.prom.new" "$folder/certificate.prom"
fi
case $certificate_state in
  unreadable) fail $E_FAILED '%s cannot be read as a certificate.' '%s không đọc được như một chứng chỉ.' "$certificate" ;;
  ended) say 'the certificate has ended: clients refuse it.' 'chứng chỉ đã hết hạn: client từ chối nó.' ;;
  *) say 'the certificate is good for %s more days.' 'chứng chỉ còn hạn %s ngày.' "$certificate_days" ;;
esac
[ -z "$failed" ] ||
  fail $E_FAILED 'certbot or nginx failed; what it said stands above. Is port 80 open, and does the name lead here?' \
    'certbot hoặc nginx bị lỗi; thông báo ở ngay trên. Cổng 80 có mở không, tên miền có trỏ về đây không?'
