#!/usr/bin/env bash
# Peer-to-peer: a device of the guest copies by DMA inside another one's BAR, unless the file forbids that.
# lab: --devices edu,ivshmem
# timeout: 300
source tests/lab/case.sh

engine=$(lspci -Dd 1234:11e8 | cut -d' ' -f1)
memory=$(lspci -Dd 1af4:1110 | cut -d' ' -f1)
# edu's registers: source 0x80, destination 0x88, count 0x90, command 0x98; its buffer is at 0x40000.
# Source: QEMU docs/specs/edu.rst.
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
for slot in 01 02; do
  echo 1 >/sys/bus/pci/devices/0000:$slot:00.0/enable
  setpci -s $slot:00.0 COMMAND=6
done
engine=$(sed -n 1p /sys/bus/pci/devices/0000:01:00.0/resource | cut -d" " -f1)
memory=$(sed -n 3p /sys/bus/pci/devices/0000:02:00.0/resource | cut -d" " -f1)
copy() { # copy SOURCE DESTINATION COMMAND
  devmem $((engine + 0x80)) 64 $(($1))
  devmem $((engine + 0x88)) 64 $(($2))
  devmem $((engine + 0x90)) 64 4
  devmem $((engine + 0x98)) 64 $3
  tries=0
  while [ $(($(devmem $((engine + 0x98)) 64) & 1)) = 1 ] && [ $tries -lt 20 ]; do sleep 0.1; tries=$((tries + 1)); done
}
devmem $((memory)) 32 0x600dcafe
devmem $((memory + 0x1000)) 32 0
copy $memory 0x40000 1
copy 0x40000 $((memory + 0x1000)) 3
echo "copied: $(devmem $((memory + 0x1000)) 32)"
'
write_guest "$WORK/peers.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $engine}}
  - {root_port: rp1, device: {vfio: $memory}}"

cp "$WORK/peers.yaml" "$WORK/alone.yaml"
echo "peer_to_peer: false" >>"$WORK/alone.yaml"
run_guest "$WORK/alone.yaml"
assert_contains "$WORK/guest.log" "copied: 0x00000000" "the word that nobody could copy"
run_guest "$WORK/peers.yaml"
assert_contains "$WORK/guest.log" "copied: 0x600DCAFE" "the word that the peer copied"
