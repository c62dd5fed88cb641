# shellcheck shell=bash
# For the cases where firmware boots a disk by GRUB.
source tests/lab/case.sh

# make_firmware_initrd SCRIPT_TEXT: into $WORK/initrd: the guest says what firmware has left it, then does that.
make_firmware_initrd() {
  # shellcheck disable=SC2016 # for the guest
  make_initrd "$WORK/initrd" '
echo "booted: $(cat /proc/cmdline)"
echo "disks: $(ls /dev | grep -cE "^(vd.|nvme.n1)$")"
lspci -s 00:00.0 -n | sed "s/^/host bridge: /"
dmesg | sed -n "s/.*\(MMCONFIG for domain.*\|MMCONFIG at.*reserved.*\)/guest: \1/p; s/.*DMI: /DMI: /p; s/.*\(SMBIOS [0-9.]* present\).*/\1/p"
dmesg | grep -iE "(acpi|pci|nvme|virtio).*(warn|error|invalid|fail|conflict|unable|can.t|no compatible)|firmware bug" | sed "s/^/complaint: /"
dmidecode -t 3 | sed -n "s/.*Asset Tag: /asset tag: /p"
'"$1" nvme virtio_pci virtio_blk efivarfs
}

# make_disk OUT CMDLINE
make_disk() {
  tests/lab/boot-disk "$1" --kernel "$VIREO_GUEST_BZIMAGE" --initrd "$WORK/initrd" --cmdline "$CMDLINE $2"
}

# write_boot NAME BOOT PCIE: $WORK/NAME.yaml, whose `boot` has that in it.
write_boot() {
  printf 'name: %s\ncpus: %s\nmemory: 512MiB\nboot: {%s}\npcie:\n%s\n' "$1" "${CPUS:-1}" "$2" "$3" >"$WORK/$1.yaml"
}

# boot NAME TIMES BIOS: run it; check what holds for each time it boots. BIOS: what SMBIOS says of it.
boot() {
  echo "== $1"
  run_guest "$WORK/$1.yaml" || fail "vireo ended with $?"
  cat "$WORK/guest.log"
  local line
  for line in "booted: BOOT_IMAGE=/vmlinuz" "host bridge: 00:00.0 0600: 8086:29c0" "DMI: vireo virtual machine, BIOS $3" \
    "guest: MMCONFIG for domain 0000 [bus 00-ff] at [mem 0xb0000000-0xbfffffff]" "asset tag: $1"; do
    assert_equal "$2" "$(grep -acF "$line" "$WORK/guest.log")" "\"$line\" of $1"
  done
  assert_not_contains "$WORK/guest.log" "complaint: "
}
