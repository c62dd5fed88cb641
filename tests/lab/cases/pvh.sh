#!/usr/bin/env bash
# A PVH ELF vmlinux boots as a bzImage does: the one inside Debian's bzImage.
# lab: --devices nvme
# timeout: 200
source tests/lab/case.sh

# Documentation/arch/x86/boot.rst: setup_sects at 0x1f1, payload_offset at 0x248, payload_length at 0x24c.
number() { od -An -t"$3" -j"$(($1))" -N"$2" "$VIREO_GUEST_KERNEL" | tr -d ' '; }
start=$((($(number 0x1f1 1 u1) + 1) * 512 + $(number 0x248 4 u4)))
dd if="$VIREO_GUEST_KERNEL" of="$WORK/payload" bs=1M skip="$start" count="$(number 0x24c 4 u4)" \
  iflag=skip_bytes,count_bytes 2>/dev/null
# The last four bytes are the size that the kernel's own unpacker wants.
xz -dc --single-stream "$WORK/payload" >"$WORK/vmlinux" 2>/dev/null || true
[[ $(head -c 4 "$WORK/vmlinux" | tail -c 3) == ELF ]] || fail "Debian's kernel is not compressed by xz any more"

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
expected=$(medium_sha)
make_initrd "$WORK/initrd" "$(<tests/lab/evidence.sh)" nvme
write_guest "$WORK/pvh.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}"
sed -i "s|kernel: .*|kernel: $WORK/vmlinux|" "$WORK/pvh.yaml"
run_guest "$WORK/pvh.yaml" || fail "vireo ended with $?"
assert_contains "$WORK/guest.log" "sha256: $expected"
