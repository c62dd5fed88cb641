#!/usr/bin/env bash
# vireo compare in a user's own guest: a stock Debian boots by SeaBIOS and GRUB from a copy of its disk, and cloud-init starts
# the agent in it, for a VF and for virtio-blk; the image is not changed.
# lab: --devices nvme,nvme-debian
# timeout: 1800
source tests/lab/case.sh

controller=$(basename "$(dirname "$(grep -lx 'debian *' /sys/class/nvme/*/serial)")")
other=$(basename "$(dirname "$(grep -lx 'vireo-lab *' /sys/class/nvme/*/serial)")")
image=/dev/${controller}n1
# Documentation/block/stat.rst: the fifth number.
written() { awk '{ print $5 }' "/sys/block/${image#/dev/}/stat"; }
before=$(written)
cat >"$WORK/compare.yaml" <<YAML
nvme: $other
paths: [vf, virtio-blk, host]
rounds: 2
window: 500ms
depths: [1]
loads: []
range: {size: 64MiB}
guest: {image: $image, memory: 512MiB, time_limit: 700}
YAML
"$VIREO" compare "$WORK/compare.yaml" --save "$WORK/c.json" >"$WORK/table" 2>"$WORK/progress" ||
  fail "vireo compare ended with $?: $(cat "$WORK/table" "$WORK/progress")"
cat "$WORK/table" "$WORK/progress"
cp "$WORK/c.json" "$VIREO_RESULTS/"
for path in vf virtio-blk host; do
  assert_equal "2" "$(jq -r --arg path $path '[.paths[] | select(.name == $path) | .cases[].windows[] | select(.operations > 10 and .errors == 0)] | length' "$WORK/c.json")" \
    "$path's windows"
done
assert_contains "$WORK/table" "in $image" "what the guests were"
assert_equal "$before" "$(written)" "writes to the image"

# An image that somebody has is not copied; the other paths are measured.
modprobe dm_mod
dmsetup create holder --table "0 65536 linear $image 0"
sed -i "s/^paths: .*/paths: [virtio-blk, host]/" "$WORK/compare.yaml"
status=0
"$VIREO" compare "$WORK/compare.yaml" --save "$WORK/c.json" >"$WORK/table" 2>&1 || status=$?
cat "$WORK/table"
assert_equal 22 $status "exit status with an image in use"
assert_contains "$WORK/c.json" "is in use by a file system or a device mapper" "why"
dmsetup remove holder
assert_equal "" "$(ls -d /tmp/vireo-compare-* 2>/dev/null)" "what is left"
