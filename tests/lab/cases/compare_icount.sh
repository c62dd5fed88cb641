#!/usr/bin/env bash
# vireo compare where one instruction is one nanosecond: what each path does for a read at depth 1, that the parts explain what its
# median has more than a VF's, and that the agent itself hardly counts. With Debian's own QEMU each second guest wedges there.
# lab: --devices nvme-null --icount --qemu mended
# timeout: 600
source tests/lab/case.sh

OPERATIONS=300 bash tests/bench/compare-inside >"$WORK/table" || fail "vireo compare ended with $?: $(cat "$WORK/table")"
cat "$WORK/table"
# value PATH EXPRESSION: of the path's one case, as jq says it.
value() { jq -r --arg path "$1" ".analysis.paths[] | select(.name == \$path) | .cases[0] | $2" "$VIREO_RESULTS/compare.json"; }
sum() { value "$1" "[.events.$2[]] | add // 0"; }
within() { awk -v value="$1" -v least="$2" -v most="$3" 'BEGIN {exit !(value >= least && value <= most)}' || fail "$4: $1 is not within $2 and $3"; }
for path in vf virtio-blk nvme; do
  within "$(sum $path user_exits)" 0 0 "$path's returns to user space"
  within "$(sum $path interrupts)" 0.99 1.01 "$path's interrupts"
done
within "$(sum vf calls)" 0 0 "system calls of a VF's vireo"
within "$(value virtio-blk .events.exits.io)" 1 1 "virtio-blk's kicks, by an I/O port"
within "$(value nvme .events.exits.npf)" 1 1.01 "the emulated controller's doorbells, in memory"
within "$(value vf '.events.exits | (.io // 0) + (.npf // 0)')" 0 0.01 "a VF's doorbells that anybody sees"
for path in virtio-blk nvme; do
  within "$(jq ".analysis.explanations[] | select(.path == \"$path\").explained" "$VIREO_RESULTS/compare.json")" 0.9 1.1 "what $path's parts explain"
done
within "$(jq .analysis.agent.share "$VIREO_RESULTS/compare.json")" 0.001 0.02 "the agent's own share of the fastest path"
