# shellcheck shell=bash
# For the cases about VFs: all that making, setting and giving away VFs changes on the host.

# vf_state PF...: print it.
vf_state() {
  local pf folder link vf
  for pf in "$@"; do
    folder=/sys/bus/pci/devices/$pf
    echo "$pf: VFs $(<"$folder/sriov_numvfs"), autoprobe $(<"$folder/sriov_drivers_autoprobe"), power $(<"$folder/power/control"), $(driver_of "$pf")"
    for link in "$folder"/virtfn*; do
      [[ -e $link ]] || continue
      vf=$(basename "$(readlink -f "$link")")
      echo "$vf: $(driver_of "$vf"), override $(<"$link/driver_override"), power $(<"$link/power/control"), reset $(<"$link/reset_method")"
    done
    for link in "$folder"/net/*; do
      [[ ! -e $link ]] || ip link show "$(basename "$link")" | grep -E '^ +vf' || true
    done
    for link in "$folder"/nvme/nvme*; do
      [[ ! -e $link ]] || { nvme list-secondary "/dev/$(basename "$link")" && nvme list-ctrl "/dev/$(basename "$link")" -n 1; }
    done
  done
  find /run/vireo/claims -name '*.json' 2>/dev/null || true
}
