#!/usr/bin/env bash
# Two VFs behind a switch and a NIC behind a root port, 2 CPUs, 5 GiB: all drivers bind, I/O verified, all given back.
# lab: --devices nvme,e1000e --memory 9G
# timeout: 300
source tests/lab/case.sh

mapfile -t vfs < <(tests/lab/nvme-vf "$(nvme_pf)" 2)
card=$(nic)
expected=$(medium_sha)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
sleep 1
lspci -vv > /tmp/tree 2>/dev/null; grep -E "^[0-9a-f]|Express|LnkSta:|Kernel driver" /tmp/tree
grep MemTotal /proc/meminfo
nproc | sed "s/^/cpus: /"
for disk in nvme0n1 nvme1n1; do
  echo "$disk: $(dd if=/dev/$disk bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
  dd if=/dev/urandom of=/tmp/pattern bs=1M count=4 2>/dev/null
  case $disk in nvme0n1) offset=100 ;; *) offset=120 ;; esac
  dd if=/tmp/pattern of=/dev/$disk bs=1M seek=$offset oflag=direct conv=notrunc 2>/dev/null
  dd if=/dev/$disk bs=1M skip=$offset count=4 iflag=direct 2>/dev/null | cmp - /tmp/pattern && echo "$disk: written and read back"
done
ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0
for second in 1 2 3 4 5 6 7 8 9 10; do [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] && break; sleep 1; done
ping -c 3 -w 10 10.0.2.2 | tail -2
grep eth0 /proc/interrupts
ls -d /sys/bus/pci/drivers/e1000e/0000:*
' nvme e1000e
pcie="  - {root_port: rp0, device: {vfio: $card}}
  - switch: sw0
    ports:
      - {name: dp0, device: {vfio: ${vfs[0]}}}
      - {name: dp1, device: {vfio: ${vfs[1]}}}
      - {name: dp2}"
write_guest "$WORK/tree.yaml" "$WORK/initrd" "$pcie" cpus=2 memory=5GiB \
  cmdline="$CMDLINE nvme_core.multipath=N"
"$VIREO" plan "$WORK/tree.yaml" >"$VIREO_RESULTS/plan.txt" || fail "plan ended with $?"
"$VIREO" plan --svg "$WORK/tree.yaml" >"$VIREO_RESULTS/plan.svg" || fail "plan --svg ended with $?"
for device in "$card" "${vfs[@]}"; do assert_contains "$VIREO_RESULTS/plan.svg" "data-device=\"$device\"" "a link"; done
run_guest "$WORK/tree.yaml" || fail "vireo ended with $?"
cp "$WORK/guest.log" "$VIREO_RESULTS/"
for line in "cpus: 2" "nvme0n1: $expected" "nvme1n1: $expected" "nvme0n1: written and read back" \
  "nvme1n1: written and read back" "/sys/bus/pci/drivers/e1000e/0000:" "Express (v2) Root Port" \
  "Express (v2) Upstream Port" "Express (v2) Downstream Port"; do
  assert_contains "$WORK/guest.log" "$line"
done
grep -qE '3 packets transmitted, [1-3] packets received' "$WORK/guest.log" || fail "the NIC carries no traffic"
assert_equal e1000e "$(driver_of "$card")" "the NIC's driver afterwards"
assert_equal none "$(driver_of "${vfs[0]}")" "a VF's driver afterwards"
