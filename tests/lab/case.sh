# shellcheck shell=bash
# For the cases: they run inside the emulated host, from the top of the source tree, with $VIREO as the program.
set -euo pipefail
: "${VIREO:=build/dev/vireo}"
WORK=$(mktemp -d)
# What guests' kernels are told: not to do what takes an emulated CPU long (see tests/lab/lab).
CMDLINE="console=ttyS0 quiet mitigations=off norandmaps cryptomgr.notests=1"

fail() {
  echo "FAIL: $*" >&2
  [[ -e $WORK/guest.log ]] && { echo "--- the guest's last lines"; tail -n 30 "$WORK/guest.log"; } >&2
  exit 1
}
assert_equal() { [[ $1 == "$2" ]] || fail "${3:-values differ}: expected \"$1\", found \"$2\""; }
assert_contains() { grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "${3:-a line} is missing: \"$2\""; }; }
assert_not_contains() { if grep -F -- "$2" "$1"; then fail "${3:-a line} should not be there: \"$2\""; fi; }

# driver_of ADDRESS: print its driver, or none.
driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver" || echo none)"; }
nvme_pf() { basename "$(readlink -f /sys/class/nvme/nvme0/device)"; }
nic() { basename "$(readlink -f /sys/class/net/eth0/device)"; }
medium_sha() { dd if=/dev/nvme0n1 bs=1M count=64 iflag=direct 2>/dev/null | sha256sum | cut -d' ' -f1; }

# make_initrd OUT SCRIPT_TEXT [MODULE...]: a guest whose job is the script. PROGRAMS: more programs for it.
make_initrd() {
  local out=$1 text=$2 module program arguments=()
  shift 2
  for module in "$@"; do arguments+=(--module "$module"); done
  for program in ${PROGRAMS:-}; do arguments+=(--bin "$program"); done
  printf '%s\n' "$text" >"$WORK/script"
  tests/lab/guest-initrd "$out" --script "$WORK/script" --bin lspci --bin setpci --bin /usr/bin/dd "${arguments[@]}"
}

# write_guest FILE INITRD PCIE_YAML [KEY=VALUE...]: keys cpus, memory, iommu, on_reboot, cmdline.
write_guest() {
  local file=$1 initrd=$2 pcie=$3 pair cpus=1 memory=512MiB iommu=auto on_reboot=reboot cmdline=$CMDLINE
  shift 3
  local name
  name=$(basename "$file" .yaml)
  for pair in "$@"; do local "${pair%%=*}"="${pair#*=}"; done
  cat >"$file" <<YAML
name: $name
cpus: $cpus
memory: $memory
iommu: $iommu
on_reboot: $on_reboot
boot:
  kernel: $VIREO_GUEST_KERNEL
  initrd: $initrd
  cmdline: $cmdline
pcie:
$pcie
YAML
}

# mmio_exits PID: how often a guest's MMIO has returned to user space.
mmio_exits() { cat /sys/kernel/debug/kvm/"$1"-*/mmio_exits; }

# skip WHY: CTest shows the test as skipped.
skip() { echo "SKIP: $*" >&2; exit 77; }

# run_guest FILE: into $WORK/guest.log; returns vireo's exit status. LIMIT: seconds.
run_guest() { timeout "${LIMIT:-250}" "$VIREO" run "$1" </dev/null >"$WORK/guest.log" 2>&1; }

# pause SECONDS: no process of its own, each of which takes the emulated host's one CPU from the guest for 0.1 s.
exec {NEVER}<> <(:)
pause() { read -r -t "$1" -u "$NEVER" || true; }

# holds FILE TEXT: likewise.
holds() {
  local part
  [[ -e $1 ]] || return
  while IFS= read -r -d '' part || [[ -n $part ]]; do
    [[ $part != *"$2"* ]] || return 0
  done <"$1"
  return 1
}

# count FILE TEXT: how many of its lines hold it.
count() {
  local line lines=0
  while IFS= read -r line || [[ -n $line ]]; do [[ $line != *"$2"* ]] || lines=$((lines + 1)); done <"$1"
  echo $lines
}

# wait_for FILE TEXT [SECONDS]
wait_for() {
  local end=$((SECONDS + ${3:-80}))
  until holds "$1" "$2"; do
    ((SECONDS < end)) || fail "\"$2\" did not come within ${3:-80} s"
    pause 0.3
  done
}
