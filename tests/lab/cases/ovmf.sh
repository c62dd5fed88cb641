#!/usr/bin/env bash
# OVMF boots a disk by GRUB beside a passed-through VF; what the guest puts into a UEFI variable is in the file when vireo
# has ended. Under icount: in real time QEMU aborts (see the README).
# lab: --devices nvme --icount
# timeout: 900
source tests/lab/firmware.sh

LIMIT=600
vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
# shellcheck disable=SC2016 # for the guest
PROGRAMS=dmidecode make_firmware_initrd '
mount -t efivarfs none /sys/firmware/efi/efivars || echo "no variables"
printf "\007\000\000\000kept by vireo" >/sys/firmware/efi/efivars/Vireo-76697265-6f00-4000-8000-000000000001 || echo "the variable cannot be written"
poweroff -f'

make_disk "$WORK/disk.raw" once
write_boot virtio "firmware: ovmf, vars: $WORK/variables" "  - {root_port: rp0, device: {vfio: \"$vf\"}}
  - {root_port: rp1, device: {virtio: block, image: $WORK/disk.raw}}"
boot virtio 1 0.0.0
assert_contains "$WORK/guest.log" "disks: 2"
grep -q "kept by vireo" "$WORK/variables" || fail "the UEFI variable is not in its file"
if grep -q "kept by vireo" /usr/share/OVMF/OVMF_VARS_4M.fd; then fail "OVMF's own file has been written"; fi
