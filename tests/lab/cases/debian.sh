#!/usr/bin/env bash
# A Debian boots by SeaBIOS and GRUB from virtio-blk to a login, beside a passed-through VF; cloud-init gives it its name; it is
# rebooted and powered off.
# lab: --devices nvme,nvme-debian
# timeout: 1800
source tests/lab/debian.sh
PATIENCE=600

# Of cloud-init's stages only what the case looks at: its processes take an emulated CPU long.
printf '#cloud-config\ncloud_config_modules: [runcmd]\ncloud_final_modules: [scripts-user]\nruncmd:\n- [sh, -c, "echo ran by cloud-init >/root/ran"]\n' >"$WORK/user.yaml"
host=web1
start_debian web1 "firmware: seabios" "  - {root_port: rp0, device: {vfio: \"$other_vf\"}}
  - {root_port: rp1, device: {virtio: block, image: /dev/${debian}n1}}" "cloud_init: {user_data: user.yaml}"
log_in 1
type_in 'cloud-init status --wait; cat /root/ran; sha256sum <(head -c 64M /dev/nvme0n1); findmnt -no source /; dmesg -l err,warn | grep -iE "acpi|pci" | sed "s/^/complaint: /"'
see "status: done"
see "ran by cloud-init"
see "$(head -c 64M "/dev/${other}n1" | sha256sum | cut -d' ' -f1)"
see "/dev/vda2"
type_in reboot
log_in 2
power_off
assert_not_contains "$WORK/guest.log" "complaint: ["
