# shellcheck shell=bash
# For the cases about VFs: all that making, setting and giving away VFs changes on the host, and killing those who do.

# vf_state PF...: print it.
vf_state() {
  local pf folder link vf
  for pf in "$@"; do
    folder=/sys/bus/pci/devices/$pf
    echo "$pf: VFs $(<"$folder/sriov_numvfs"), autoprobe $(<"$folder/sriov_drivers_autoprobe"), power $(<"$folder/power/control"), $(driver_of "$pf")"
    for link in "$folder"/virtfn*; do
      [[ -e $link ]] || continue
      vf=$(basename "$(readlink -f "$link")")
      echo "$vf: $(driver_of "$vf"), override $(<"$link/driver_override"), power $(<"$link/power/control"), reset $(<"$link/reset_method")"
    done
    for link in "$folder"/net/*; do
      [[ ! -e $link ]] || ip link show "$(basename "$link")" | grep -E '^ +vf' || true
    done
    for link in "$folder"/nvme/nvme*; do
      [[ ! -e $link ]] || { nvme list-secondary "/dev/$(basename "$link")" && nvme list-ctrl "/dev/$(basename "$link")" -n 1; }
    done
  done
  find /run/vireo/claims /run/vireo/vfs -name '*.json' 2>/dev/null || true
}

declare -A pids
# start_guest NUMBER: the guest of $WORK/gNUMBER.yaml, in the background; its process is in pids[NUMBER].
start_guest() {
  rm -f "$WORK/g$1.log"
  "$VIREO" run "$WORK/g$1.yaml" </dev/null >"$WORK/g$1.log" 2>&1 &
  pids[$1]=$!
}

# kill_guests SECONDS PF...: 20 times guests 1 to 4 start at once, and are killed at a random moment each, within SECONDS of each
# other; then `vireo host restore` makes the host what $WORK/before says. SEED: do it again.
kill_guests() {
  local seconds=$1 round number pf made caught=0
  shift
  RANDOM=${SEED:-$$}
  echo "seed: ${SEED:-$$}"
  for round in {1..20}; do
    for number in {1..4}; do start_guest "$number"; done
    for number in {1..4}; do
      pause "$((RANDOM % seconds)).$((RANDOM % 10))$((RANDOM % 10))"
      kill -KILL "${pids[$number]}" || fail "round $round: g$number was gone: $(cat "$WORK/g$number.log")"
    done
    wait 2>/dev/null || true
    made=0
    for pf in "$@"; do made=$((made + $(<"/sys/bus/pci/devices/$pf/sriov_numvfs"))); done
    ((made == 0)) || caught=$((caught + 1))
    "$VIREO" host restore >"$WORK/restored" || fail "round $round: restore ended with $?: $(cat "$WORK/restored")"
    echo "round $round: $made VFs before restore, which said $(grep -c . "$WORK/restored") lines"
    vf_state "$@" | diff "$WORK/before" - || fail "the host is another after round $round"
  done
  ((caught >= 5)) || fail "only $caught of 20 kills came when there were VFs"
}
