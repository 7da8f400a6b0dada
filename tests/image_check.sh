#!/bin/bash
# Run by script/image as root: starts what the image starts, from its file system ROOT, as a container
# engine would: read-only but for the volume and /tmp, as the image's user, with its environment.
#
#   image_check.sh ROOT CONFIG RECORDING     (CONFIG: the image's configuration, `podman inspect`'s JSON)
#
# buildah's chroot isolation cannot make a root read-only; a mount namespace of our own can.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
  exec unshare --mount --fork --kill-child "$0" --inside "$@"
fi
root=$2 config=$3 recording=$4
fail() {
  echo "image_check: $*" >&2
  [ ! -s "${work:-}/log" ] || cat "$work/log" >&2
  exit 1
}
of_config() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))[0]; c=d["Config"]; exec(sys.argv[2])' "$config" "$1"; }

user=$(of_config 'print(c["User"])')
[ "$user" = 10001:10001 ] || fail "the image's user is $user"
of_config 'print(*c["Volumes"])' | grep -qx /var/lib/heartbeat || fail "/var/lib/heartbeat is no volume"
mapfile -t variables < <(of_config 'print(*c["Env"], sep="\n")')
mapfile -t command < <(of_config 'print(*c["Cmd"], sep="\n")')
mapfile -t health < <(of_config 'print(*d["Healthcheck"]["Test"][1:], sep="\n")')

[ "${#command[@]}" -gt 0 ] && [ "${#health[@]}" -gt 0 ] || fail "the image has no command or health check"

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true; umount --recursive "$work/root" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
mkdir "$work/root" "$work/data"
mount --bind "$root" "$work/root"
mount -o remount,ro,bind "$work/root"
mount -t tmpfs tmpfs "$work/root/tmp"
mount -t proc proc "$work/root/proc" 2>/dev/null || mount --rbind /proc "$work/root/proc"
# An engine gives a new volume the owner that the folder has in the image.
chown --reference="$work/root/var/lib/heartbeat" "$work/data"
mount --bind "$work/data" "$work/root/var/lib/heartbeat"
# An array, not a function: what it starts in the background is then the program itself, not a shell.
inside=(env -i "${variables[@]}" HEARTBEAT_PORT=18431)
as_user=(chroot "--userspec=$user" "$work/root")

! "${inside[@]}" "${as_user[@]}" sh -c ': > /probe' 2>/dev/null || fail "the root can be written to"
if "${inside[@]}" "${as_user[@]}" "${command[@]}" >"$work/log" 2>&1; then
  fail "it listens beyond the container although nobody said --insecure"
fi
grep -q -- --insecure "$work/log" || fail "it does not say why it will not listen"

started=$(date +%s%N)
"${inside[@]}" HEARTBEAT_INSECURE=true "${as_user[@]}" "${command[@]}" >"$work/log" 2>&1 &
server=$!
until "${inside[@]}" "${as_user[@]}" "${health[@]}" 2>/dev/null; do
  kill -0 "$server" 2>/dev/null || fail "the server ended"
  [ $(($(date +%s%N) - started)) -lt 120000000000 ] || fail "the server is not ready after two minutes"
done
echo "image_check: healthy $((($(date +%s%N) - started) / 1000000)) ms after its start"
answer=$(curl --silent --show-error --fail --form "file=@$recording" http://127.0.0.1:18431/predict)
grep -q '"predicted_class": *"normal"' <<<"$answer" || fail "another verdict: $answer"
# Over 1 MiB: through the spool in /tmp. A recording that is too poor is an answer, too: 200 or 422.
head -c 3000000 /dev/zero >"$work/large"
status=$(curl --silent --output /dev/null --write-out '%{http_code}' --form "file=@$work/large" \
  http://127.0.0.1:18431/predict)
[ "$status" = 415 ] || fail "3 MB of zeros are answered $status"
[ -s "$work/data/heartbeat.db" ] || fail "nothing was kept in the volume"
kill -TERM "$server"
wait "$server" || fail "the server ended with $?"
server=
! "${inside[@]}" "${as_user[@]}" "${health[@]}" 2>/dev/null || fail "the health check passes without a server"
echo "image_check: read-only root, user $user, heard a recording, kept it in the volume"
