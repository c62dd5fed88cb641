#!/usr/bin/env bash
# A Debian boots by OVMF and GRUB to a login beside a passed-through VF, from a VF, an emulated NVMe controller and virtio-blk. Under
# icount: in real time QEMU aborts (see the README).
# lab: --devices nvme,nvme-debian --icount
# timeout: 3600
# slow: lab.ovmf boots a smaller guest
source tests/lab/debian.sh
PATIENCE=1200 host=debian

boots_from vf "firmware: ovmf, disk: rp1" "vfio: \"$debian_vf\"" /dev/nvme1n1p2
boots_from virtio "firmware: ovmf" "virtio: block, image: /dev/${debian}n1" /dev/vda2
boots_from nvme "firmware: ovmf" "emulated: nvme, image: /dev/${debian}n1" /dev/nvme1n1p2
