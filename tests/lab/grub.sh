# shellcheck shell=bash
# Shared by the scripts that make disks which boot by a BIOS and by UEFI: the partition table, and GRUB. Nothing here
# needs a loop device, a mount or root.
# shellcheck source=tests/lab/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/lab/packages.sh
source "$LAB_FOLDER/packages.sh"

# shellcheck disable=SC2034 # for the scripts that source this file
GRUB_PACKAGES=(grub-common grub-pc-bin grub-efi-amd64-bin mtools fdisk)

# require_packages NAME...: end with the command that installs what is missing.
require_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || die "missing: ${missing[*]}
  install them:  apt-get install --no-install-recommends ${missing[*]}"
}

# partition_disk DISK MIB FAT_MIB: partition 1, FAT, is what UEFI boots from; partition 2 is what that leaves, if
# anything. GRUB's core.img goes before them: a GPT would want a partition for it, an MBR does not.
partition_disk() {
  local rest=""
  (($3 == $2 - 1)) || rest="type=83"
  # Emptied first: this fails for a device, before anything is written.
  : >"$1"
  truncate -s "${2}M" "$1"
  printf '%s\n' "label: dos" "start=1MiB, size=${3}MiB, type=ef, bootable" "$rest" | sfdisk -q "$1"
  # MTOOLS_SKIP_CHECK: the partition need not end where a cylinder of the old days did.
  MTOOLS_SKIP_CHECK=1 mformat -i "$1@@1M" -T $(($3 * 2048)) -h 16 -s 63 -H 2048 -v EFI ::
}

# grub_config LINUX INITRD CMDLINE: print what GRUB is to do: boot at once. The files are of the partition that it takes
# as its own. Its first parser knows no `if` and goes on after an error: without a serial port, with the firmware's
# console.
grub_config() {
  local words
  [[ $3 != *[\'\"\\]* ]] || die "GRUB hands no quotes and no backslash to a kernel: $3"
  words=$(printf '%s' "$3" | sed 's/[^[:alnum:] ]/\\&/g')
  cat <<CONFIG
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
linux $1 $words
initrd $2
boot
echo GRUB could not boot this disk.
halt
CONFIG
}

# install_grub DISK PARTITION LINUX INITRD CMDLINE: for both firmwares. Its own partition is the one with that number on
# the disk that the firmware booted from, whatever that disk is called.
install_grub() (
  disk=$1 partition=$2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  grub_config "$3" "$4" "$5" >"$work/config"
  # make_image FORMAT MODULE: the module that only this format has.
  make_image() {
    grub-mkimage -O "$1" -o "$work/$1" -p "(,msdos$partition)/boot/grub" -c "$work/config" \
      part_msdos fat ext2 linux serial terminal echo halt "$2"
  }
  make_image i386-pc biosdisk
  make_image x86_64-efi efi_gop # the kernel's screen, if there is one
  (($(stat -c %s "$work/i386-pc") <= 2047 * 512)) || die "GRUB's core.img does not fit before the first partition"
  # boot.img loads core.img from sector 1 on. After 440 bytes the MBR has the disk's identifier and the partitions.
  dd if=/usr/lib/grub/i386-pc/boot.img of="$disk" bs=440 count=1 conv=notrunc status=none
  dd if="$work/i386-pc" of="$disk" bs=512 seek=1 conv=notrunc status=none
  mmd -i "$disk@@1M" ::EFI ::EFI/BOOT
  mcopy -i "$disk@@1M" "$work/x86_64-efi" ::EFI/BOOT/BOOTX64.EFI
)
