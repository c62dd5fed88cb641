#!/usr/bin/env bash
# What a host refuses: one clear error with file:line:column and what to do, the exit code of its class, and nothing on
# the host changed.
# lab: --devices nvme,e1000e,pci-bridge
# timeout: 300
source tests/lab/case.sh

card=$(nic)
pf=$(nvme_pf)
# Who has which device, and what each is told: two programs, a loop over the devices would fork a hundred.
state() { find /sys/bus/pci/devices/*/driver -prune -printf '%p %l\n' 2>/dev/null; grep . /sys/bus/pci/devices/*/driver_override; }
before=$(state)
make_initrd "$WORK/initrd" 'true'

# refused CODE TEXT [COMMAND...]: what $WORK/bad.yaml gets.
refused() {
  local status=0 code=$1 text=$2
  shift 2
  "$@" timeout 60 "$VIREO" run "$WORK/bad.yaml" </dev/null >"$WORK/out" 2>&1 || status=$?
  assert_contains "$WORK/out" "$text"
  [[ $code == 4 ]] || grep -qE 'bad\.yaml:[0-9]+:[0-9]+: error: ' "$WORK/out" || fail "no place in the file with \"$text\""
  assert_equal "$code" "$status" "exit code for \"$text\""
  assert_equal "$before" "$(state)" "the host's state after \"$text\""
}
with_device() { write_guest "$WORK/bad.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $1}}"; }

with_device 0000:7f:00.0 && refused 5 "there is no such PCI device"
with_device "$pf, expect: {nvme_serial: another}" && refused 5 "$pf is another device: its nvme_serial is vireo-lab, not another"
with_device "{interface: eth7}" && refused 5 "no function of this host has interface eth7; there are: eth0 ("
with_device "{id: '8086:100e'}" && refused 5 "2 functions have id 8086:100e"
with_device 0000:00:03.0 && refused 5 "is a bridge"
/sbin/mkfs.ext2 -q -F /dev/nvme0n1
mkdir -p /mnt/disk && mount /dev/nvme0n1 /mnt/disk && with_device "$pf" && refused 5 "mounted"
umount /mnt/disk
# Mounted where our mount table does not show it.
unshare -m --propagation private bash -c 'mount /dev/nvme0n1 /mnt/disk && sleep 5' &
sleep 2 && with_device "$pf" && refused 5 "held by the kernel"
wait
ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2 && with_device "$card" && refused 5 "default route"
ip route del default
ip addr flush dev eth0
group_device=$(basename "$(dirname "$(ls -d /sys/bus/pci/devices/*/net/eth1)" | xargs dirname)")
with_device "$group_device" && refused 5 "is not viable"
with_device "$card" && sed -i 's|kernel: .*|kernel: /nowhere|' "$WORK/bad.yaml" && refused 6 "ENOENT"
with_device "$card" && sed -i 's|initrd: .*|initrd: /nowhere|' "$WORK/bad.yaml" && refused 6 "ENOENT"
head -c 100000 "$VIREO_GUEST_BZIMAGE" >"$WORK/short"
with_device "$card" && sed -i "s|kernel: .*|kernel: $WORK/short|" "$WORK/bad.yaml" && refused 6 "truncated"
echo text >"$WORK/text" && with_device "$card" && sed -i "s|kernel: .*|kernel: $WORK/text|" "$WORK/bad.yaml" && refused 6 "error"
with_device "$card" && sed -i "s|memory: .*|memory: 32MiB|" "$WORK/bad.yaml" && refused 6 "memory"
with_device "$card" && sed -i "s|memory: .*|memory: {size: 512MiB, hugepages: 2MiB}|" "$WORK/bad.yaml" && refused 4 "huge pages"
with_device "$card" && echo "console: {file: /nowhere/log}" >>"$WORK/bad.yaml" && refused 3 "cannot be written"
with_device "$card" && sed -i "s|memory: .*|memory: 64GiB|" "$WORK/bad.yaml" && refused 4 "MiB are not there"
mv /dev/kvm /dev/kvm.away && with_device "$card" && refused 4 "/dev/kvm"
mv /dev/kvm.away /dev/kvm
