# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # set by lib.sh, which is read before; used by the scripts that read this file
# The form of a backup, and how it is made and opened. Read after lib.sh and use_environment.
#
# A backup is a plain tar with four members, so that it can be opened by hand when these scripts are lost:
#   ABOUT    in words: what it is, and how to open it
#   data     a .tar.gz, encrypted by age or openssl
#   sums     SHA-256 of `data`: tells a damaged file from a wrong key
#   mac      openssl only: keyed sum of `data`, because `openssl enc` does not notice changes (age does by itself)
# Inside: config.tar (the folder compose/), state-N-SERVICE.tar for each state, `states` (which is which), SHA256SUMS.

# The passphrase is given to openssl as a file: an argument would stand in the list of processes.
ITERATIONS=600000

# use_cipher: sets `cipher` to age or openssl, by what is set up.
use_cipher() {
  recipients=$(setting BACKUP_AGE_RECIPIENTS)
  passphrase_file=$(setting BACKUP_PASSPHRASE_FILE)
  if [ -n "$recipients" ]; then
    cipher=age
    need_program age
    need_key_file "$recipients"
  elif [ -n "$passphrase_file" ]; then
    cipher=openssl
    need_program openssl
    need_key_file "$passphrase_file"
  else
    fail "$E_USAGE" 'a backup is always encrypted, and no key is set up. In %s, BACKUP_PASSPHRASE_FILE=/root/backup.passphrase, and once:
  (umask 077; openssl rand -base64 33 >/root/backup.passphrase)
Keep a copy of that file away from this machine: without it a backup is worth nothing. Or BACKUP_AGE_RECIPIENTS, a file of public keys of age.' \
      'bản sao lưu luôn được mã hóa, mà chưa có khóa nào. Trong %s, ghi BACKUP_PASSPHRASE_FILE=/root/backup.passphrase, và chạy một lần:
  (umask 077; openssl rand -base64 33 >/root/backup.passphrase)
Hãy giữ một bản của file đó ở nơi khác: không có nó thì bản sao lưu vô dụng. Hoặc BACKUP_AGE_RECIPIENTS, một file chứa khóa công khai của age.' "$env_file"
  fi
}

need_key_file() {
  if [ -n "$dry" ] || [ -s "$1" ]; then return 0; fi
  fail "$E_USAGE" 'the file %s is missing or empty.' 'file %s không có hoặc trống.' "$1"
}

# encrypt <PLAIN >DATA
encrypt() {
  if [ "$cipher" = age ]; then
    age --encrypt --recipients-file "$recipients"
  else
    openssl enc -aes-256-cbc -salt -pbkdf2 -iter "$ITERATIONS" -pass "file:$passphrase_file"
  fi
}

# decrypt <DATA >PLAIN
decrypt() {
  if [ "$cipher" = age ]; then
    age --decrypt --identity "$identity"
  else
    openssl enc -d -aes-256-cbc -pbkdf2 -iter "$ITERATIONS" -pass "file:$passphrase_file"
  fi
}

sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# mac_of FILE SALT: the key comes from the passphrase by as many rounds as that of the data, with a salt of its own; two nested
# sums, as in HMAC, so that nothing can be added to the file. printf is part of the shell: no process has the key among its arguments.
mac_of() {
  mac_key=$(openssl enc -aes-256-cbc -pbkdf2 -iter "$ITERATIONS" -S "$2" -P -pass "file:$passphrase_file" </dev/null |
    sed -n 's/^key *= *//p')
  [ -n "$mac_key" ] || return 1
  mac_inner=$({ printf 'inner %s' "$mac_key" && cat "$1"; } | sha256sum | cut -d ' ' -f 1)
  printf 'outer %s %s' "$mac_key" "$mac_inner" | sha256sum | cut -d ' ' -f 1
}

# about_backup: the member ABOUT
about_backup() {
  cat <<TEXT
mcp-pipe backup 1
environment: $environment
version: $version
made: $made
cipher: $cipher

restore.sh $environment FILE opens this. By hand / mở bằng tay:
  tar -xf FILE data
TEXT
  if [ "$cipher" = age ]; then
    echo '  age --decrypt --identity KEY_FILE data | tar -xzf -'
  else
    echo "  openssl enc -d -aes-256-cbc -pbkdf2 -iter $ITERATIONS -pass file:PASSPHRASE_FILE -in data | tar -xzf -"
  fi
}

# seal FOLDER WORK ARCHIVE: makes ARCHIVE of what is in FOLDER; WORK is an empty folder beside. Errors of programs go to WORK.errors.
seal() {
  # POSIX shells do not tell that the first part of a pipe failed: it leaves a file when it has not.
  { tar -czf - -C "$1" . && : >"$2/.packed"; } 2>>"$2.errors" | encrypt >"$2/data" 2>>"$2.errors" || return 1
  rm "$2/.packed" 2>/dev/null || return 1
  sum_of "$2/data" >"$2/sums" || return 1
  if [ "$cipher" = openssl ]; then
    mac_salt=$(openssl rand -hex 8) && mac=$(mac_of "$2/data" "$mac_salt") && printf '%s %s\n' "$mac_salt" "$mac" >"$2/mac" || return 1
  else
    echo 'age' >"$2/mac" || return 1
  fi
  about_backup >"$2/ABOUT" && tar -cf "$3" -C "$2" ABOUT data sums mac 2>>"$2.errors"
}

# open_archive ARCHIVE FOLDER: opens it into an empty folder, or ends with what is wrong. Nothing of it is believed before its sums agree.
open_archive() {
  errors=$2.errors
  mkdir "$2" "$2.outer" || fail "$E_NO_ROOM" 'the folder %s cannot be made.' 'không tạo được thư mục %s.' "$2"
  # By stdin: tar takes a name with a colon for one of another machine.
  tar -xf - -C "$2.outer" ABOUT data sums mac <"$1" 2>"$errors" || open_failed "$1"
  # Nothing else is read: a link, or a pipe, leads somewhere else, or nowhere.
  for member in ABOUT data sums mac; do
    if ! [ -f "$2.outer/$member" ] || [ -L "$2.outer/$member" ]; then open_failed "$1"; fi
  done
  head -n 1 "$2.outer/ABOUT" | grep -q '^mcp-pipe backup 1$' || open_failed "$1"
  [ "$(sum_of "$2.outer/data")" = "$(cat "$2.outer/sums")" ] || open_failed "$1"
  cipher=$(sed -n 's/^cipher: //p' "$2.outer/ABOUT")
  made=$(sed -n 's/^made: //p' "$2.outer/ABOUT")
  backup_environment=$(sed -n 's/^environment: //p' "$2.outer/ABOUT")
  backup_version=$(sed -n 's/^version: //p' "$2.outer/ABOUT")
  use_key
  if [ "$cipher" = openssl ]; then
    read -r mac_salt mac <"$2.outer/mac"
    case $mac_salt in '' | *[!0-9a-f]*) open_failed "$1" ;; esac
    [ "$(mac_of "$2.outer/data" "$mac_salt")" = "$mac" ] || wrong_key "$1"
  fi
  if ! { decrypt <"$2.outer/data" && : >"$2.outer/.decrypted"; } 2>>"$errors" | tar -xzf - -C "$2" 2>>"$errors"; then
    [ ! -f "$2.outer/.decrypted" ] || open_failed "$1"
  fi
  if ! [ -f "$2.outer/.decrypted" ]; then
    ! is_room_error "$errors" || open_failed "$1"
    wrong_key "$1"
  fi
  rm -rf "$2.outer"
  (cd "$2" && sha256sum --check --status SHA256SUMS) || open_failed "$1"
}

# use_key: what opens a backup
use_key() {
  if [ "$cipher" = age ]; then
    identity=$(setting BACKUP_AGE_IDENTITY)
    need_program age
    [ -n "$identity" ] || fail "$E_USAGE" 'this backup is for a key of age: --key FILE (the private one), or BACKUP_AGE_IDENTITY.' \
      'bản sao lưu này được mã hóa bằng khóa age: --key FILE (khóa riêng), hoặc BACKUP_AGE_IDENTITY.'
    need_key_file "$identity"
  else
    passphrase_file=$(setting BACKUP_PASSPHRASE_FILE)
    need_program openssl
    [ -n "$passphrase_file" ] || fail "$E_USAGE" 'this backup has a passphrase: --key FILE (with the passphrase), or BACKUP_PASSPHRASE_FILE.' \
      'bản sao lưu này có mật khẩu: --key FILE (chứa mật khẩu), hoặc BACKUP_PASSPHRASE_FILE.'
    need_key_file "$passphrase_file"
  fi
}

open_failed() {
  if is_room_error "$errors"; then
    fail "$E_NO_ROOM" 'a disk is full: %s needs about three times its size. Nothing was changed.' \
      'đĩa đầy: %s cần khoảng ba lần kích thước của nó. Chưa có gì thay đổi.' "$1"
  fi
  fail "$E_DAMAGED" '%s is incomplete or was changed: its sums do not agree. Nothing was changed; take another backup.' \
    '%s bị thiếu hoặc đã bị sửa: tổng kiểm tra không khớp. Chưa có gì thay đổi; hãy dùng bản sao lưu khác.' "$1"
}

wrong_key() {
  fail "$E_KEY" 'the passphrase or key does not open %s; the file itself is complete. Nothing was changed.' \
    'mật khẩu hoặc khóa không mở được %s; bản thân file thì đầy đủ. Chưa có gì thay đổi.' "$1"
}
