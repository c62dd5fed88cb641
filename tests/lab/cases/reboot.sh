#!/usr/bin/env bash
# The guest reboots three times in a row; the VF works after each.
# lab: --devices nvme
# timeout: 400
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
dd if=/dev/zero of=/dev/nvme0n1 bs=4k count=1 seek=51200 oflag=direct 2>/dev/null
# The number of boots is kept on the medium, at 200 MiB.
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
sleep 1
boots=$(dd if=/dev/nvme0n1 bs=4k skip=51200 count=1 iflag=direct 2>/dev/null | tr -d "\0")
boots=$((${boots:-0} + 1))
echo "boot $boots: $(dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
{ echo $boots; cat /dev/zero; } | dd of=/dev/nvme0n1 bs=4k seek=51200 count=1 iflag=fullblock oflag=direct conv=notrunc 2>/dev/null
[ $boots -lt 4 ] && { sync; reboot -f; sleep 60; }
' nvme
write_guest "$WORK/reboot.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}"
timeout 350 "$VIREO" run "$WORK/reboot.yaml" </dev/null >"$WORK/guest.log" 2>&1 || fail "vireo ended with $?"
for boot in 1 2 3 4; do assert_contains "$WORK/guest.log" "boot $boot: $expected"; done
