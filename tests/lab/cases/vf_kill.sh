#!/usr/bin/env bash
# 20 times four vireos that make and set up VFs of one NVMe controller start at once, and are killed at a random moment each:
# `vireo host restore` makes the host byte for byte what it was.
# lab: --devices nvme
# timeout: 600
source tests/lab/case.sh
source tests/lab/vf_state.sh

controller=$(nvme_pf)
echo auto >"/sys/bus/pci/devices/$controller/power/control"
vf_state "$controller" >"$WORK/before"
make_initrd "$WORK/initrd" 'sleep 1000' nvme
start() { # start NUMBER: its process is in pids[NUMBER]
  "$VIREO" run "$WORK/g$1.yaml" </dev/null >"$WORK/g$1.log" 2>&1 &
  pids[$1]=$!
}
for number in {1..4}; do
  write_guest "$WORK/g$number.yaml" "$WORK/initrd" \
    "  - {root_port: rp0, device: {vf: {pf: nvme0, create: 4, queues: 2, interrupts: 1, namespaces: [1]}}}" memory=256MiB
done

declare -A pids
RANDOM=${SEED:-$$}
echo "seed: ${SEED:-$$}"
caught=0
for round in {1..20}; do
  for number in {1..4}; do start "$number"; done
  for number in {1..4}; do
    pause "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))"
    kill -KILL "${pids[$number]}" || fail "round $round: g$number was gone: $(cat "$WORK/g$number.log")"
  done
  wait 2>/dev/null || true
  made=$(<"/sys/bus/pci/devices/$controller/sriov_numvfs")
  ((made == 0)) || caught=$((caught + 1))
  "$VIREO" host restore >"$WORK/restored" || fail "round $round: restore ended with $?: $(cat "$WORK/restored")"
  echo "round $round: $made VFs before restore, which said $(grep -c . "$WORK/restored") lines"
  vf_state "$controller" | diff "$WORK/before" - || fail "the host is another after round $round"
done
((caught >= 5)) || fail "only $caught of 20 kills came when there were VFs"
