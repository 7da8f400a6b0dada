# shellcheck shell=bash
# Sourced by script/test, script/bench and script/nightly: stages that are timed, and a last report.

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
