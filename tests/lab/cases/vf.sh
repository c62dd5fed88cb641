#!/usr/bin/env bash
# VFs from nothing: a guest's file says `vf: {pf: nvme0, create: 2, ...}`, and two guests of that file have one each; after
# SIGKILL; by the scripts of configs/sriov. Each time the host is as it was: VFs, their drivers, and what the controller says
# of its secondary controllers.
# lab: --devices nvme
# timeout: 420
source tests/lab/case.sh
source tests/lab/vf_state.sh

pf=$(nvme_pf)
vf_state "$pf" >"$WORK/before"
same() { vf_state "$pf" | diff "$WORK/before" - || fail "the host is another after $*"; }

# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
sleep 1
echo "sha256: $(dd if=/dev/nvme0n1 bs=1M count=4 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
echo "queues: $(ls /sys/block/nvme0n1/mq | wc -l)"
[ -e /dev/nvme0n1 ] || echo "no namespace"
sleep $1
' nvme
expected=$(dd if=/dev/nvme0n1 bs=1M count=4 iflag=direct 2>/dev/null | sha256sum | cut -d' ' -f1)
# guest NAME VF SECONDS: its file.
guest() {
  write_guest "$WORK/$1.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vf: $2}}" cmdline="$CMDLINE vireo.args=$3"
}
# start NAME: in the background.
start() {
  rm -f "$WORK/$1.log"
  "$VIREO" run "$WORK/$1.yaml" </dev/null >"$WORK/$1.log" 2>&1 &
}

guest a "{pf: nvme0, create: 2, queues: 3, interrupts: 2}" 300
guest b "{pf: nvme0, create: 2, queues: 2, interrupts: 1}" 15
"$VIREO" plan "$WORK/a.yaml" >"$WORK/plan" || fail "plan ended with $?"
assert_contains "$WORK/plan" "nvme0 has no VFs yet: \`run\` makes 2"
same "a plan"
start a
a=$!
wait_for "$WORK/a.log" "sha256: $expected" 150
start b
b=$!
wait_for "$WORK/b.log" "sha256: " 150
"$VIREO" host vf list nvme0 >"$WORK/list"
kill -TERM $a
status=0
wait $a || status=$?
assert_equal 143 "$status" "how a ends"
wait $b || fail "b ended with $?: $(tail -n 5 "$WORK/b.log")"
cat "$WORK/list"
assert_contains "$WORK/list" "nvme0 (nvme): 2 of 8 VFs"
assert_contains "$WORK/list" "in use by guest \"a\""
assert_contains "$WORK/list" "in use by guest \"b\""
assert_contains "$WORK/list" "online, 3 queues, 2 interrupts, namespaces 1"
assert_contains "$WORK/b.log" "sha256: $expected"
same "two guests"

# What cannot be given changes nothing.
guest c "{pf: nvme0, create: 1, queues: 200}" 0
run_guest "$WORK/c.yaml" && fail "200 queues were given"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "c.yaml:"
assert_contains "$WORK/guest.log" "VF 0: giving it 200 queues"
same "a refusal"

start a
a=$!
wait_for "$WORK/a.log" "sha256: $expected" 150
kill -KILL $a
wait $a || true
"$VIREO" host restore
same "SIGKILL and restore"

# By the scripts that README.md points to.
export VIREO
guest d "{pf: nvme0, index: 0}" 0
configs/sriov/nvme-guests nvme0 1 "$WORK/d.yaml"
assert_contains "$WORK/d.log" "sha256: $expected"
"$VIREO" host vf list nvme0 >"$WORK/list"
assert_contains "$WORK/list" "online, 3 queues, 2 interrupts, namespaces 1" "what was set, which outlives the guest,"
configs/sriov/return-all nvme0 >"$WORK/list"
assert_contains "$WORK/list" "0 of 8 VFs"
same "commands"
