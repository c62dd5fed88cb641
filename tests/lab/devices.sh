# shellcheck shell=bash
# The devices that the emulated host can have. Each sits behind a root port of its own, so in an IOMMU group of its own.

# Read by tests/lab/lab.
# shellcheck disable=SC2034
declare -A DEVICE_HELP=(
  [nvme]="NVMe controller with 8 SR-IOV VFs (a VF needs tests/lab/nvme-vf)"
  [nvme-null]="the same over a medium that answers at once with zeros: for measuring (instead of nvme)"
  [nvme-debian]="another such controller, serial debian, over a Debian that firmware boots (tests/lab/debian-disk)"
  [nvme2]="second NVMe controller, without VFs"
  [e1000e]="Intel 82574L NIC, MSI-X"
  [e1000e2]="a second one"
  [wire]="Intel 82574L NIC whose cable leads to wire2"
  [wire2]="the NIC at the other end"
  [ahci]="SATA controller with a disk: MSI, an I/O BAR"
  [edu]="QEMU's teaching device: INTx, MSI, DMA"
  [rocker]="QEMU's switch chip: MSI-X vectors that a register fires"
  [ivshmem]="shared memory with a 1 GiB 64-bit prefetchable BAR"
  [big-bar]="shared memory with a 64 GiB 64-bit prefetchable BAR"
  [display]="bochs display"
  [pci-bridge]="PCIe-to-PCI bridge with two e1000 behind it: one group"
  [igb]="Intel 82576 NIC with SR-IOV VFs (QEMU 11 or later)"
)

# make_medium FILE: 256 MiB; the first 64 MiB are the same pseudo-random bytes every time.
make_medium() {
  local key=76697265 # any constant
  # openssl ends by SIGPIPE when head has enough.
  { openssl enc -aes-128-ctr -nosalt -K "${key}${key}${key}${key}" -iv "${key}${key}${key}${key}" \
    -in /dev/zero 2>/dev/null || true; } | head -c 64M >"$1"
  truncate -s 256M "$1"
}

# nvme_arguments SERIAL DRIVE CHASSIS: a controller with SR-IOV.
nvme_arguments() {
  printf '%s\n' -drive "$2,if=none,id=drive$3" -device "nvme-subsys,id=s$3" -device "nvme,serial=$1,id=n$3,bus=rp$3,subsys=s$3,sriov_max_vfs=8,sriov_vq_flexible=24,sriov_vi_flexible=16,sriov_max_vq_per_vf=3,sriov_max_vi_per_vf=2,max_ioqpairs=32,msix_qsize=32" \
    -device "nvme-ns,drive=drive$3,bus=n$3,nsid=1,shared=on"
}

# device_arguments NAME FOLDER CHASSIS: print QEMU's arguments for one device, one a line.
device_arguments() {
  local name=$1 folder=$2 chassis=$3 slot disk
  printf '%s\n' -device "pcie-root-port,id=rp$chassis,chassis=$chassis,slot=$chassis"
  case $name in
    nvme)
      make_medium "$folder/nvme.raw"
      nvme_arguments vireo-lab "file=$folder/nvme.raw,format=raw" "$chassis"
      ;;
    nvme-null) nvme_arguments vireo-lab driver=null-co,size=268435456,read-zeroes=on "$chassis" ;;
    nvme-debian)
      disk=$("$LAB_FOLDER/debian-disk" - --cloud-init) || return 1
      nvme_arguments debian "file=$disk,format=raw,snapshot=on" "$chassis"
      ;;
    nvme2)
      make_medium "$folder/nvme2.raw"
      printf '%s\n' -drive "file=$folder/nvme2.raw,if=none,id=d1,format=raw" \
        -device "nvme,serial=vireo-lab-2,drive=d1,bus=rp$chassis"
      ;;
    e1000e | e1000e2)
      printf '%s\n' -netdev "user,id=$name-net,restrict=on,ipv6=off" -device "e1000e,id=$name,netdev=$name-net,bus=rp$chassis"
      ;;
    wire | wire2)
      printf '%s\n' -netdev "hubport,id=$name-net,hubid=1" -device "e1000e,id=$name,netdev=$name-net,bus=rp$chassis"
      ;;
    ahci)
      make_medium "$folder/ahci.raw"
      printf '%s\n' -drive "file=$folder/ahci.raw,if=none,id=d2,format=raw" -device "ich9-ahci,id=a0,bus=rp$chassis" \
        -device ide-hd,drive=d2,bus=a0.0
      ;;
    rocker) printf '%s\n' -device "rocker,bus=rp$chassis" ;;
    edu) printf '%s\n' -device "edu,bus=rp$chassis,dma_mask=0xffffffffff" ;;
    ivshmem)
      printf '%s\n' -object "memory-backend-memfd,id=shm,size=1G" -device "ivshmem-plain,memdev=shm,bus=rp$chassis"
      ;;
    big-bar)
      printf '%s\n' -object "memory-backend-memfd,id=big,size=64G,reserve=off" \
        -device "ivshmem-plain,memdev=big,bus=rp$chassis"
      ;;
    display) printf '%s\n' -device "bochs-display,bus=rp$chassis" ;;
    pci-bridge)
      printf '%s\n' -device "pcie-pci-bridge,id=pb,bus=rp$chassis"
      for slot in 1 2; do
        printf '%s\n' -netdev "user,id=pb$slot,restrict=on,ipv6=off" -device "e1000,netdev=pb$slot,bus=pb,addr=$slot"
      done
      ;;
    igb) printf '%s\n' -netdev user,id=i0,restrict=on,ipv6=off -device "igb,netdev=i0,bus=rp$chassis" ;;
    *) return 1 ;;
  esac
}
