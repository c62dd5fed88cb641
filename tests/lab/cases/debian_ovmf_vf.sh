#!/usr/bin/env bash
# A Debian boots by OVMF and GRUB to a login beside a passed-through VF, from a VF. Under icount: in real time QEMU aborts (see
# the README); one boot each, since an emulated host wedges now and then there.
# lab: --devices nvme,nvme-debian --icount
# timeout: 900
# slow: lab.ovmf boots a smaller guest
source tests/lab/debian.sh
PATIENCE=1200 host=debian

boots_from vf "firmware: ovmf, disk: rp1" "vfio: \"$debian_vf\"" /dev/nvme1n1p2
