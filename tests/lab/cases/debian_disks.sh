#!/usr/bin/env bash
# A Debian boots by SeaBIOS and GRUB to a login beside a passed-through VF, from an emulated NVMe controller and from a VF.
# lab: --devices nvme,nvme-debian
# timeout: 1800
# slow: lab.debian does it from virtio-blk, lab.seabios boots a smaller guest from all
source tests/lab/debian.sh
PATIENCE=600 host=debian

boots_from nvme "firmware: seabios" "emulated: nvme, image: /dev/${debian}n1" /dev/nvme1n1p2
boots_from vf "firmware: seabios, disk: rp1" "vfio: \"$debian_vf\"" /dev/nvme1n1p2
