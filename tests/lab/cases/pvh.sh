#!/usr/bin/env bash
# A PVH ELF vmlinux boots as a bzImage does: the one inside Debian's bzImage.
# lab: --devices nvme
# timeout: 200
source tests/lab/case.sh

tests/lab/unpack-kernel "$VIREO_GUEST_KERNEL" "$WORK/vmlinux"
vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
make_initrd "$WORK/initrd" "$(<tests/lab/evidence.sh)" nvme
write_guest "$WORK/pvh.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}"
sed -i "s|kernel: .*|kernel: $WORK/vmlinux|" "$WORK/pvh.yaml"
run_guest "$WORK/pvh.yaml" || fail "vireo ended with $?"
assert_contains "$WORK/guest.log" "sha256: $expected"
