#!/usr/bin/env bash
# OVMF boots a disk by GRUB beside a passed-through VF, from virtio-blk; then another from an emulated NVMe controller,
# with what the first guest put into a UEFI variable. Under icount: in real time QEMU aborts (see the README).
# lab: --devices nvme --icount
# timeout: 900
source tests/lab/firmware.sh

LIMIT=600
vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
# shellcheck disable=SC2016 # for the guest
PROGRAMS=dmidecode make_firmware_initrd '
mount -t efivarfs none /sys/firmware/efi/efivars || echo "no variables"
variable=/sys/firmware/efi/efivars/Vireo-76697265-6f00-4000-8000-000000000001
echo "variable: $(dd if=$variable bs=1 skip=4 2>/dev/null)"
printf "\007\000\000\000kept" >$variable || echo "the variable cannot be written"
sync
poweroff -f'

make_disk "$WORK/disk.raw" once
disk() { printf '  - {root_port: rp0, device: {vfio: "%s"}}\n  - {root_port: rp1, device: {%s, image: %s/disk.raw}}' "$vf" "$1" "$WORK"; }
write_boot virtio "firmware: ovmf, vars: $WORK/variables" "$(disk "virtio: block")"
boot virtio 1 0.0.0
assert_contains "$WORK/guest.log" "disks: 2"
assert_equal 0 "$(grep -ac "variable: kept" "$WORK/guest.log")" "variables of a new guest"
write_boot nvme "firmware: ovmf, vars: $WORK/variables" "$(disk "emulated: nvme")"
boot nvme 1 0.0.0
assert_contains "$WORK/guest.log" "variable: kept"
