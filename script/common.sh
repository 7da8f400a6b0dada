# shellcheck shell=bash
# Sourced by the other scripts, in the folder of the repository.

# The comment at the head of the script that calls this.
print_help() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
}

# configure_release NAME...: build/release with each HEARTBEAT_BUILD_<NAME> on. A folder that exists
# keeps the other options that it was made with; in a new one they are off.
configure_release() {
  local cache=build/release/CMakeCache.txt options=() name
  if [ ! -f "$cache" ]; then
    options=(-DHEARTBEAT_BUILD_TESTS=OFF -DHEARTBEAT_BUILD_BENCH=OFF -DHEARTBEAT_BUILD_TRAINING=OFF)
  fi
  for name in "$@"; do
    grep -qsx "HEARTBEAT_BUILD_$name:BOOL=ON" "$cache" || options+=("-DHEARTBEAT_BUILD_$name=ON")
  done
  if [ "${#options[@]}" -gt 0 ] || [ ! -f build/release/build.ninja ]; then
    cmake --preset release "${options[@]}" >&2
  fi
}

# Stages that are timed, and a last report.

stage_lines=()
stages_passed=0
stages_failed=()

# stage NAME COMMAND...: runs it and goes on whatever it returns; returns what it returned.
stage() {
  local name=$1 started=$SECONDS status=0 outcome=
  shift
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    stages_passed=$((stages_passed + 1))
  else
    stages_failed+=("$name")
    outcome="FAILED (exit status $status)"
  fi
  local took=$((SECONDS - started))
  stage_lines+=("$(printf '%-18s %3d min %02d s  %s' "$name" $((took / 60)) $((took % 60)) "$outcome")")
  return "$status"
}

report_stages() {
  printf '\n== stages\n'
  printf '%s\n' "${stage_lines[@]}"
  printf '%-18s %3d min %02d s\n' total $((SECONDS / 60)) $((SECONDS % 60))
}
