# shellcheck shell=bash
# For the cases in which firmware boots a Debian (tests/lab/debian-disk), and somebody uses its console.
source tests/lab/case.sh

# controller SERIAL: which NVMe controller of the emulated host has it: nvme1, say.
controller() {
  local file serial
  for file in /sys/class/nvme/*/serial; do
    read -r serial <"$file"
    [[ $serial != "$1" ]] || basename "$(dirname "$file")"
  done
}

# A VF of each: one over the Debian, one with nothing to do with it.
debian=$(controller debian)
debian_vf=$(tests/lab/nvme-vf "$(basename "$(readlink -f "/sys/class/nvme/$debian/device")")" 1)
other=$(controller vireo-lab)
other_vf=$(tests/lab/nvme-vf "$(basename "$(readlink -f "/sys/class/nvme/$other/device")")" 1)
export other_vf debian_vf

# start_debian NAME BOOT PCIE [YAML]
start_debian() {
  printf 'name: %s\nmemory: 768MiB\nboot: {%s}\npcie:\n%s\n%s\n' "$1" "$2" "$3" "${4:-}" >"$WORK/$1.yaml"
  echo "== $1"
  : >"$WORK/guest.log" # what an earlier one has said
  exec {keys}<> <(:)
  "$VIREO" run "$WORK/$1.yaml" <&"$keys" >"$WORK/guest.log" 2>&1 &
  vireo=$!
}

# type_in TEXT
type_in() { printf '%s\r' "$1" >&"$keys"; }

# see TEXT [TIMES]: at the console, so often since the start.
see() {
  local end=$((SECONDS + PATIENCE))
  until (($(count "$WORK/guest.log" "$1") >= ${2:-1})); do
    ((SECONDS < end)) || fail "\"$1\" did not come ${2:-1} times within $PATIENCE s"
    kill -0 "$vireo" 2>/dev/null || fail "vireo has ended before \"$1\""
    pause 1
  done
  echo "after $SECONDS s: $1"
}

# log_in TIME: to $host; TIME: which one since the start.
log_in() {
  local host=${host:?}
  see "$host login: " "$1"
  type_in root
  see "root@$host:~# " "$(($(count "$WORK/guest.log" "root@$host:~# ") + 1))"
}

# power_off: as root; vireo ends.
power_off() {
  type_in poweroff
  local status=0
  wait "$vireo" || status=$?
  exec {keys}<&-
  echo "off after $SECONDS s"
  cat "$WORK/guest.log"
  assert_equal 0 $status "vireo's exit status"
}

# boots_from NAME BOOT DEVICE ROOT: to a login, beside the other VF, and off again. ROOT: where it has its root.
boots_from() {
  start_debian "$1" "$2" "  - {root_port: rp0, device: {vfio: \"$other_vf\"}}
  - {root_port: rp1, device: {$3}}"
  log_in 1
  type_in 'findmnt -no source /; ls -d /sys/class/nvme/*'
  see "$4"
  power_off
}
