#!/usr/bin/env bash
# A SATA controller, MSI and no MSI-X, an I/O BAR: a guest reads and writes its disk by MSI, another, from which
# the file hides MSI, by INTx.
# lab: --devices nvme,ahci
# timeout: 300
source tests/lab/case.sh

expected=$(medium_sha) # the same bytes are on every medium of the lab
controller=$(lspci -Dd ::0106 | grep -v 0000:00: | cut -d' ' -f1)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
sleep 1
for second in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/sda ] && break; sleep 1; done
echo "sda: $(dd if=/dev/sda bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
dd if=/dev/urandom of=/tmp/pattern bs=1M count=4 2>/dev/null
dd if=/tmp/pattern of=/dev/sda bs=1M seek=100 oflag=direct conv=notrunc 2>/dev/null
dd if=/dev/sda bs=1M skip=100 count=4 iflag=direct 2>/dev/null | cmp - /tmp/pattern && echo "written and read back"
grep ahci /proc/interrupts | sed "s/^ *//; s/  */ /g"
lspci -vv -d ::0106 2>/dev/null | grep -E "MSI:|I/O ports|Interrupt:"
dmesg | grep -i "nobody cared\|exception Emask\|failed command"
' ahci sd_mod
write_guest "$WORK/msi.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $controller}}"
write_guest "$WORK/intx.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $controller, capabilities: {msi: hide}}}"
for way in msi intx; do
  run_guest "$WORK/$way.yaml" || fail "vireo ended with $?"
  assert_contains "$WORK/guest.log" "sda: $expected"
  cp "$WORK/guest.log" "$VIREO_RESULTS/$way.log"
  assert_contains "$WORK/guest.log" "written and read back"
  assert_not_contains "$WORK/guest.log" "nobody cared"
  assert_not_contains "$WORK/guest.log" "failed command"
done
grep -qE '^[0-9]+: [1-9][0-9]* PCI-MSI [0-9]+-edge ahci' "$VIREO_RESULTS/msi.log" || fail "no interrupts by MSI"
grep -qE '^17: [1-9][0-9]* IO-APIC 17-fasteoi ahci' "$VIREO_RESULTS/intx.log" || fail "no interrupts by INTx"
