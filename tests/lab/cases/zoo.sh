#!/usr/bin/env bash
# The zoo: each device of the lab, by each kind of interrupt that it has, used by a guest's driver; again after the
# driver was bound anew, after a reset by the guest, after D3hot, and after a reboot. Makes zoo.md.
# lab: --devices nvme,e1000e,pci-bridge,ahci,ivshmem,display --memory 7G
# timeout: 1500
source tests/lab/case.sh

backends=(type1)
[[ ! -e /dev/iommu ]] || backends+=(iommufd)
card_of() { basename "$(readlink -f "/sys/bus/pci/drivers/$1"/0000:* | sed -n "${2}p")"; }
endpoint() { lspci -Dd "$1" | grep -v 0000:00: | cut -d' ' -f1; }
pf=$(nvme_pf)
e1000s=("$(card_of e1000 1)" "$(card_of e1000 2)")
make_initrd "$WORK/initrd" "$(<tests/lab/zoo-guest)" nvme ahci sd_mod e1000e e1000
table=$VIREO_RESULTS/zoo.md

{
  echo "| device | interrupts | IOMMU | use | driver bound anew | reset by the guest | D3hot and back | guest's reboot |"
  echo "|---|---|---|---|---|---|---|---|"
} >"$table"
broken=0

# run_until_rebooted FILE LOG: until the guest has been through it all twice; then vireo is ended.
run_until_rebooted() {
  local second vireo
  "$VIREO" run "$1" </dev/null >"$2" 2>&1 &
  vireo=$!
  for ((second = 0; second < 180; second++)); do
    if [[ $(grep -c 'zoo: end' "$2") -ge 2 ]] || ! kill -0 $vireo 2>/dev/null; then break; fi
    sleep 1
  done
  kill $vireo 2>/dev/null || true
  wait $vireo || true
}

# cell LOG COLUMN: ok when it was so in both runs of the guest, a dash where the device has no such thing.
cell() {
  local good
  if ! grep -q "zoo: $2 " "$1"; then
    echo "-"
  else
    good=$(grep -c "zoo: $2 ok" "$1" || true)
    if ((good == 2)); then echo ok; else echo "**fails**"; fi
  fi
}

# visit NAME KIND DRIVER INTERRUPTS HIDDEN ADDRESS...: one guest a backend, a row of the table each.
visit() {
  local name=$1 kind=$2 driver=$3 interrupts=$4 hidden=$5 backend pcie port address log row way
  declare -A source=([MSI-X]=PCI-MSI [MSI]=PCI-MSI [INTx]=IO-APIC [none]="")
  shift 5
  for backend in "${backends[@]}"; do
    pcie="" port=0
    for address in "$@"; do
      pcie+="  - {root_port: rp$port, device: {vfio: $address, capabilities: {$hidden}}}"$'\n'
      port=$((port + 1))
    done
    log=$VIREO_RESULTS/${name//[ ,]/-}-$interrupts-$backend.log
    write_guest "$WORK/zoo.yaml" "$WORK/initrd" "$pcie" iommu="$backend" cmdline="console=ttyS0 quiet vireo.args=$kind,$driver"
    run_until_rebooted "$WORK/zoo.yaml" "$log"
    way=$(sed -n 's/^zoo: way \([a-z_]*\).*/\1/p' "$log" | head -n 1)
    row="| $name | $interrupts | $backend | $(cell "$log" use) | $(cell "$log" rebind) | $(cell "$log" reset) ($way) | $(cell "$log" d3hot) |"
    if (($(grep -c 'zoo: end' "$log") == 2)); then row+=" ok |"; else row+=" **fails** |"; fi
    echo "$row" | tee -a "$table"
    if [[ $row == *fails* || $row == *"| - | - |"* ]] || grep -q 'zoo: complaint' "$log" ||
      [[ $(sed -n 's/^zoo: interrupts \([A-Z-]*\).*/\1/p' "$log" | sort -u | tr '\n' ' ') != "${source[$interrupts]:+${source[$interrupts]} }" ]]; then
      broken=1
      echo "--- the end of $log"
      tail -n 20 "$log"
    fi
  done
}
visit "NVMe PF" nvme nvme MSI-X "" "$pf"
visit "NVMe PF" nvme nvme INTx "msix: hide" "$pf"
vf=$(tests/lab/nvme-vf "$pf" 1)
visit "NVMe VF" nvme nvme MSI-X "" "$vf"
visit e1000e nic e1000e MSI-X "" "$(card_of e1000e 1)"
visit e1000e nic e1000e INTx "msix: hide, msi: hide" "$(card_of e1000e 1)"
visit "e1000, two in a group" nic e1000 INTx "" "${e1000s[@]}"
visit "AHCI" ahci ahci MSI "" "$(endpoint ::0106)"
visit "ivshmem" memory 2 none "" "$(endpoint 1af4:1110)"
visit "bochs display" memory 0 none "" "$(endpoint 1234:1111)"
((broken == 0)) || fail "the zoo has gaps"
