#!/usr/bin/env bash
# SeaBIOS boots a disk by GRUB beside a passed-through VF: from virtio-blk, with a reboot, and from an emulated NVMe
# controller; and from the VF itself, whose medium the disk is on. It programs the tree and places vireo's tables.
# lab: --devices nvme
# timeout: 700
source tests/lab/firmware.sh

LIMIT=300 # two boots
vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
# The gap before the first partition is where the guest remembers that it has been there before.
# shellcheck disable=SC2016 # for the guest
PROGRAMS=dmidecode make_firmware_initrd '
case $(cat /proc/cmdline) in *twice*)
  [ "$(dd if=/dev/vda bs=512 skip=2000 count=1 2>/dev/null | head -c 5)" = again ] && echo "second boot" && poweroff -f
  printf again | dd of=/dev/vda bs=512 seek=2000 conv=notrunc,fsync 2>/dev/null
  reboot -f ;;
esac
poweroff -f'

make_disk "$WORK/virtio.raw" twice
CPUS=2 write_boot virtio "firmware: seabios" "  - {root_port: rp0, device: {vfio: \"$vf\"}}
  - {root_port: rp1, device: {virtio: block, image: $WORK/virtio.raw}}"
"$VIREO" plan "$WORK/virtio.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "boot               by seabios from block@rp1"
boot virtio 2 1.16
assert_contains "$WORK/guest.log" "second boot"
assert_contains "$WORK/guest.log" "disks: 2"

make_disk "$WORK/nvme.raw" once
write_boot nvme "firmware: seabios" "  - {root_port: rp0, device: {vfio: \"$vf\"}}
  - {root_port: rp1, device: {emulated: nvme, image: $WORK/nvme.raw}}"
boot nvme 1 1.16
assert_contains "$WORK/guest.log" "disks: 2"

dd if="$WORK/nvme.raw" of=/dev/nvme0n1 bs=1M conv=fsync status=none
truncate -s 0 "$WORK/nvme.raw"
truncate -s 1M "$WORK/nvme.raw"
write_boot vf "firmware: seabios, disk: rp1" "  - {root_port: rp0, device: {emulated: nvme, image: $WORK/nvme.raw}}
  - {root_port: rp1, device: {vfio: \"$vf\"}}"
boot vf 1 1.16
