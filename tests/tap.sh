# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# To be sourced by tests in bash: checks that report in TAP, and a scratch
# folder that goes away. The last command of a test is tap_done.

tap_count=0
tap_failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# check NAME COMMAND...: the command succeeds. Its output is shown if not, and
# is left in $scratch/output.
check() {
  local name=$1 result=ok
  shift
  tap_count=$((tap_count + 1))
  if ! "$@" > "$scratch/output" 2>&1 < /dev/null; then
    result="not ok"
    tap_failed=$((tap_failed + 1))
  fi
  echo "$result $tap_count - $name"
  [ "$result" = ok ] || sed 's/^/# /' "$scratch/output"
}

# check_fails NAME PATTERN COMMAND...: the command fails and says PATTERN
check_fails() {
  local name=$1 pattern=$2
  shift 2
  check "$name" fails_with "$pattern" "$@"
}

fails_with() {
  local pattern=$1
  shift
  ! "$@" > "$scratch/said" 2>&1 || { echo "it succeeded:"; cat "$scratch/said"; return 1; }
  grep -qE -e "$pattern" "$scratch/said" || { cat "$scratch/said"; return 1; }
}

# output_has PATTERN COMMAND...: the command succeeds and says PATTERN
output_has() {
  local pattern=$1
  shift
  "$@" > "$scratch/said" 2>&1 || { cat "$scratch/said"; return 1; }
  grep -qE -e "$pattern" "$scratch/said" || { cat "$scratch/said"; return 1; }
}

tap_done() {
  echo "1..$tap_count"
  [ "$tap_failed" = 0 ]
}
