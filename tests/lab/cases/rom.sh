#!/usr/bin/env bash
# Expansion ROMs: a guest reads its devices' own, a file in place of one, and none where the file says so.
# lab: --devices e1000e,display
# timeout: 300
source tests/lab/case.sh

card=$(nic)
screen=$(lspci -Dd 1234:1111 | cut -d" " -f1)
rom_of() {
  echo 1 >"/sys/bus/pci/devices/$1/rom"
  cat "/sys/bus/pci/devices/$1/rom"
}
sha_of() { sha256sum <"$1" | cut -d' ' -f1; }
echo 1 >"/sys/bus/pci/devices/$screen/enable"
rom_of "$card" >"$WORK/image"
rom_of "$screen" >"$WORK/screen-image"
echo 0 >"/sys/bus/pci/devices/$screen/enable"
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
for device in 0000:01:00.0 0000:02:00.0; do
  echo 1 2>/dev/null > /sys/bus/pci/devices/$device/enable
  if echo 1 2>/dev/null > /sys/bus/pci/devices/$device/rom; then
    echo "$device: $(sha256sum < /sys/bus/pci/devices/$device/rom | cut -d" " -f1)"
  else
    echo "$device: no ROM"
  fi
done
lspci -v | grep "Expansion ROM"
' e1000e
write_guest "$WORK/own.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card}}
  - {root_port: rp1, device: {vfio: $screen}}"
run_guest "$WORK/own.yaml" || fail "vireo ended with $?"
cp "$WORK/guest.log" "$VIREO_RESULTS/own.log"
assert_contains "$WORK/guest.log" "0000:01:00.0: $(sha_of "$WORK/image")" "the NIC's ROM"
assert_contains "$WORK/guest.log" "0000:02:00.0: $(sha_of "$WORK/screen-image")" "the display's ROM"

# Linux reads as much as the image's header says: the NIC's own image with another text in it.
printf 'another ROM' | dd of="$WORK/image" bs=1 seek=4096 conv=notrunc 2>/dev/null
write_guest "$WORK/file.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card, rom: $WORK/image}}
  - {root_port: rp1, device: {vfio: $screen, rom: off}}"
run_guest "$WORK/file.yaml" || fail "vireo ended with $?"
cp "$WORK/guest.log" "$VIREO_RESULTS/file.log"
assert_contains "$WORK/guest.log" "0000:02:00.0: no ROM"
assert_contains "$WORK/guest.log" "0000:01:00.0: $(sha_of "$WORK/image")" "the file's ROM"
