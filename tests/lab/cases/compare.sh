#!/usr/bin/env bash
# vireo compare: one NVMe medium by a VF, virtio-blk, emulated NVMe and the host itself, by turns. What each path makes the host
# do is counted; all outputs say the same; everything is given back.
# lab: --devices nvme
# timeout: 700
source tests/lab/case.sh
source tests/lab/vf_state.sh

controller=$(nvme_pf)
cat >"$WORK/compare.yaml" <<YAML
nvme: nvme0
rounds: 3
window: 300ms
depths: [1, 4]
loads: [50]
range: {size: 64MiB}
guest: {kernel: $VIREO_GUEST_KERNEL, modules: $(echo "$VIREO_GUEST_MODULES"/lib/modules/*), memory: 256MiB}
YAML
vf_state "$controller" >"$WORK/before"
"$VIREO" compare "$WORK/compare.yaml" --save "$WORK/c.json" --report "$VIREO_RESULTS/report.html" --csv "$WORK/c.csv" \
  >"$WORK/table" 2>"$WORK/progress" || fail "vireo compare ended with $?: $(cat "$WORK/table" "$WORK/progress")"
cat "$WORK/table" "$WORK/progress"
cp "$WORK/c.json" "$VIREO_RESULTS/"
vf_state "$controller" >"$WORK/after"
diff "$WORK/before" "$WORK/after" || fail "the host is not what it was"
assert_equal "" "$(ls -d /tmp/vireo-compare-* /sys/kernel/tracing/instances/vireo-* 2>/dev/null)" "what is left"

# value PATH DEPTH EXPRESSION: of the path's case, as jq says it.
value() { jq -r --arg path "$1" --argjson depth "$2" ".paths[] | select(.name == \$path) | .cases[] | select(.depth == \$depth and .percent == 0) | $3" "$WORK/c.json"; }
for path in vf virtio-blk nvme host; do
  for depth in 1 4; do assert_equal 3 "$(value $path $depth '.windows | length')" "$path's rounds"; done
done
# per_io PATH GROUP: at depth 1.
per_io() { value "$1" 1 "([.events.$2[]] | add // 0) / .events.operations"; }
within() { awk -v value="$1" -v least="$2" -v most="$3" 'BEGIN {exit !(value >= least && value <= most)}' || fail "$4: $1 is not within $2 and $3"; }
for path in vf virtio-blk nvme; do
  assert_equal "" "$(value $path 1 '.events.missing')" "what was not counted of $path"
  within "$(per_io $path user_exits)" 0 0.02 "$path's returns to user space"
  within "$(per_io $path interrupts)" 0.95 1.05 "$path's interrupts"
  within "$(per_io $path exits)" 0.9 6 "$path's exits"
done
within "$(per_io vf calls)" 0 0.02 "system calls of a VF's vireo"
# Three, and a fourth where the disk's thread looks for the end before it sleeps: that is a matter of the medium's time.
for path in virtio-blk nvme; do within "$(per_io $path calls)" 2.5 4.5 "system calls of $path's vireo"; done
assert_equal "false 3" "$(jq -r '.paths[] | select(.name == "host").polled | "\(.poll_queue) \(.windows | length)"' "$WORK/c.json")" "the polled rounds"
assert_contains "$WORK/table" "its driver has no poll queue" "how the floor was found"
assert_contains "$WORK/table" "emulated host" "the warning"
assert_contains "$VIREO_RESULTS/report.html" "emulated host" "the report's warning"
assert_contains "$WORK/c.csv" "virtio-blk,4,0,3," "a bucket of the third round's"

# The whole controller, beside which nothing else can be up: each path comes up for its turn.
{
  grep -v -E "^(rounds|depths|loads)" "$WORK/compare.yaml"
  printf 'rounds: 2\ndepths: [1]\nloads: []\ncount_events: false\npaths: [pf, virtio-blk, vf, host]\n'
} >"$WORK/whole.yaml"
"$VIREO" compare "$WORK/whole.yaml" --save "$WORK/whole.json" >"$WORK/table" 2>&1 || fail "the whole controller: $? $(cat "$WORK/table")"
cat "$WORK/table"
for path in pf virtio-blk vf host; do
  assert_equal 2 "$(jq ".paths[] | select(.name == \"$path\") | .cases[0].windows | length" "$WORK/whole.json")" "$path's rounds"
done
for _ in $(seq 100); do [[ ! -b /dev/nvme0n1 ]] || break; sleep 0.1; done
vf_state "$controller" >"$WORK/after"
diff "$WORK/before" "$WORK/after" || fail "the host is not what it was after the whole controller"

"$VIREO" compare --diff "$WORK/c.json" "$WORK/c.json" || fail "a comparison differs from itself"

# The floor by a queue without interrupts, where the host's driver has one.
modprobe -r nvme
modprobe nvme poll_queues=1
for ((waited = 0; waited < 100; waited++)); do [[ ! -b /dev/nvme0n1 ]] || break; pause 0.1; done
printf '%s\n' "nvme: nvme0" "paths: [host]" "rounds: 3" "window: 300ms" "depths: [1]" "loads: []" "range: {size: 64MiB}" >"$WORK/host.yaml"
"$VIREO" compare "$WORK/host.yaml" --save "$WORK/host.json" >"$WORK/table" || fail "vireo compare of the host ended with $?: $(cat "$WORK/table")"
cat "$WORK/table"
assert_equal "true 0" "$(jq -r '.paths[0].polled | "\(.poll_queue) \([.windows[].errors] | add)"' "$WORK/host.json")" "the polled queue and what failed"
