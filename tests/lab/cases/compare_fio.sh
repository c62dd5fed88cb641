#!/usr/bin/env bash
# vireo compare --agent fio: the host's fio does the I/O on every path, in the guests with the libraries that it needs.
# lab: --devices nvme
# timeout: 600
source tests/lab/case.sh

cat >"$WORK/compare.yaml" <<YAML
nvme: nvme0
paths: [vf, virtio-blk, host]
rounds: 1
window: 1s
depths: [4]
loads: [50]
range: {size: 64MiB}
guest: {kernel: $VIREO_GUEST_KERNEL, modules: $(echo "$VIREO_GUEST_MODULES"/lib/modules/*), memory: 512MiB}
YAML
"$VIREO" compare "$WORK/compare.yaml" --agent fio --save "$WORK/c.json" --report "$WORK/c.html" >"$WORK/table" 2>"$WORK/progress" ||
  fail "vireo compare ended with $?: $(cat "$WORK/table" "$WORK/progress")"
cat "$WORK/table" "$WORK/progress"
cp "$WORK/c.json" "$VIREO_RESULTS/"
for path in vf virtio-blk host; do
  assert_equal "1 1" "$(jq -r --arg path $path '[.paths[] | select(.name == $path) | .cases[].windows | length] | join(" ")' "$WORK/c.json")" \
    "$path's rounds"
  assert_equal 0 "$(jq -r --arg path $path '[.paths[] | select(.name == $path) | .cases[].windows[] | select(.operations < 1 or (.latency.buckets | length) == 0 or .errors > 0)] | length' "$WORK/c.json")" \
    "$path's windows without fio's figures"
done
version=$(fio --version)
assert_equal "$version by io_uring" "$(jq -r .environment.agent "$WORK/c.json")" "who measured"
for file in table c.html; do
  assert_contains "$WORK/$file" "$version" "who measured"
  assert_contains "$WORK/$file" "omission" "the warning"
done
