#!/bin/sh
# Runs in the guest: shows what it sees of its VF, and the SHA-256 of what it reads through it.
# Lines that begin with a word and a colon are read by tests/lab/demo.
wait_for_disk() {
  tries=0
  while [ ! -b /dev/nvme0n1 ] && [ $tries -lt 100 ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
}

wait_for_disk
echo "PCIe tree as the guest sees it:"
lspci -tv 2>/dev/null || lspci
for device in /sys/bus/pci/drivers/nvme/0000:*; do
  echo "driver: nvme is bound to $(basename "$device") ($(cat "$device/vendor"):$(cat "$device/device"))"
done
sha=$(dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d' ' -f1)
echo "MSI-X vectors in /proc/interrupts:"
grep nvme /proc/interrupts | sed 's/^/interrupts: /'
echo "sha256: $sha"
