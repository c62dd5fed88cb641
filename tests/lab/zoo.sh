# shellcheck shell=bash
# For the cases that visit the zoo: each device, by each kind of interrupt that it has, used by a guest's driver; again
# after the driver was bound anew, after a reset by the guest, after D3hot, and after a reboot. Makes zoo.md.
source tests/lab/case.sh

backends=(type1)
[[ ! -e /dev/iommu ]] || backends+=(iommufd)
table=$VIREO_RESULTS/zoo.md
make_initrd "$WORK/initrd" "$(<tests/lab/zoo-guest)" nvme ahci sd_mod e1000e e1000 igb igbvf
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
    if (($(count "$2" "zoo: end") >= 2)) || ! kill -0 $vireo 2>/dev/null; then break; fi
    pause 1
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
    write_guest "$WORK/zoo.yaml" "$WORK/initrd" "$pcie" iommu="$backend" cmdline="$CMDLINE vireo.args=$kind,$driver"
    run_until_rebooted "$WORK/zoo.yaml" "$log"
    way=$(sed -n 's/^zoo: way \([a-z_]*\).*/\1/p' "$log" | head -n 1)
    row="| $name | $interrupts | $backend | $(cell "$log" use) | $(cell "$log" rebind) | $(cell "$log" reset) ($way) | $(cell "$log" d3hot) |"
    if (($(grep -c 'zoo: end' "$log") == 2)); then row+=" ok |"; else row+=" **fails** |"; fi
    echo "$row" | tee -a "$table"
    if [[ $row == *fails* || $row == *"| - | - |"* ]] || grep -q 'zoo: complaint' "$log" ||
      [[ $(sed -n 's/^zoo: interrupts \([A-Z-]*\).*/\1/p' "$log" | sort -u | tr '\n' ' ') != "${source[$interrupts]:+${source[$interrupts]} }" ]]; then
      # shellcheck disable=SC2034 # for the case
      broken=1
      echo "--- the end of $log"
      tail -n 20 "$log"
    fi
  done
}
