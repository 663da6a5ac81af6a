# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh, and of the scripts that read this file
# The certificate that nginx has. Read by `.` behind lib.sh, never run.

certificate=$compose_dir/secrets/tls/fullchain.pem
# Let's Encrypt's are good for 90 days (soon 45), and are renewed a third of that before their end: 21 days say that it has failed for days.
CERTIFICATE_WARN_DAYS=21
CERTIFICATE_FAIL_DAYS=7

# certificate_end: when it ends, in seconds since 1970; nothing when it cannot be read.
certificate_end() {
  end=$(openssl x509 -enddate -noout -in "$certificate" 2>/dev/null) || return 0
  date -u -d "${end#notAfter=}" +%s 2>/dev/null || :
}

# certificate_state: valid, ending (soon), failing (about to end), ended, unreadable, or none; sets `certificate_days`.
certificate_state() {
  certificate_days=''
  if ! [ -e "$certificate" ]; then certificate_state=none && return 0; fi
  end=$(certificate_end)
  if [ -z "$end" ]; then certificate_state=unreadable && return 0; fi
  seconds=$((end - $(date -u +%s)))
  certificate_days=$((seconds / 86400))
  if [ "$seconds" -le 0 ]; then certificate_state=ended
  elif [ "$seconds" -lt $((CERTIFICATE_FAIL_DAYS * 86400)) ]; then certificate_state=failing
  elif [ "$seconds" -lt $((CERTIFICATE_WARN_DAYS * 86400)) ]; then certificate_state=ending
  else certificate_state=valid; fi
}
