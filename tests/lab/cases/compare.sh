#!/usr/bin/env bash
# vireo compare: one NVMe medium by a VF, virtio-blk, emulated NVMe and the host itself, by turns; the paths differ in what
# they make the host do; everything is given back.
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
"$VIREO" compare "$WORK/compare.yaml" >"$WORK/table" 2>"$WORK/progress" || fail "vireo compare ended with $?: $(cat "$WORK/table" "$WORK/progress")"
cat "$WORK/table" "$WORK/progress"
vf_state "$controller" >"$WORK/after"
diff "$WORK/before" "$WORK/after" || fail "the host is not what it was"
