#!/bin/bash
# Run by script/package --check as root in a clean Debian 12, with the packages and a recording beside it:
# installs them, and lets the command line and the server hear the recording as the service's user.
set -euo pipefail
cd "$(dirname "$0")"
fail() {
  echo "package_check: $*" >&2
  exit 1
}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends ./*.deb >install.log 2>&1 || {
  cat install.log
  fail "the packages do not install"
}
# An array, not a function: what it starts in the background is then the program itself, not a shell.
as_service=(setpriv --reuid heartbeat --regid heartbeat --clear-groups)
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true' EXIT

[ "$(stat -c '%U %a' /var/lib/heartbeat)" = "heartbeat 700" ] || fail "/var/lib/heartbeat is not the service's"
for file in /lib/systemd/system/heartbeat.service /usr/share/man/man1/heartbeat-serve.1.gz \
  /usr/share/bash-completion/completions/heartbeat /etc/heartbeat/heartbeat.toml; do
  # A minimal Debian may be told to leave manual pages out.
  [ -s "$file" ] || grep -rqs "path-exclude.*man" /etc/dpkg/dpkg.cfg.d || fail "$file is missing"
done
heartbeat --version
cp a0001.flac /tmp/sound.flac
"${as_service[@]}" heartbeat predict --json /tmp/sound.flac >/tmp/answer.json
grep -q '"predicted_class": *"normal"' /tmp/answer.json || fail "another verdict: $(cat /tmp/answer.json)"

export HEARTBEAT_CONFIG=/etc/heartbeat/heartbeat.toml HEARTBEAT_PORT=18417
"${as_service[@]}" heartbeat config | tee /tmp/config
grep -q 'data-dir */var/lib/heartbeat *file' /tmp/config || fail "heartbeat config does not show the file's data-dir"
"${as_service[@]}" heartbeat serve 2>/tmp/serve.log &
server=$!
for _ in $(seq 100); do
  grep -q "listens on" /tmp/serve.log && break
  sleep 0.2
done
# There is no HTTP client here but what bash and perl can do.
perl -MIO::Socket::INET -e '
  local $/; open my $f, "<:raw", "/tmp/sound.flac"; my $sound = <$f>;
  my $body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s\"\r\n\r\n$sound\r\n--x--\r\n";
  my $s = IO::Socket::INET->new("127.0.0.1:18417") or die "no connection";
  print $s "POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
  print <$s>;' >/tmp/http.txt
head -n 1 /tmp/http.txt | grep -q ' 200 ' || fail "POST /predict: $(head -c 600 /tmp/http.txt)"
grep -q '"predicted_class": *"normal"' /tmp/http.txt || fail "the server says another verdict"
kill -TERM "$server"
wait "$server" || fail "the server ended with $?"
server=
"${as_service[@]}" env -u HEARTBEAT_PORT heartbeat history verify
if [ -x /usr/libexec/heartbeat/heartbeat-train ]; then
  heartbeat train --help | grep -q -- --config || fail "heartbeat train does not start"
fi

apt-get purge -y -qq 'heartbeat*' >/dev/null 2>&1
[ -f /var/lib/heartbeat/heartbeat.db ] || fail "purging deleted the recordings of people"
[ ! -e /etc/heartbeat/heartbeat.toml ] || fail "purging left the configuration"
echo "package_check: installed, heard a recording twice, purged"
