#!/usr/bin/env bash
# The doctor on a real host: what is well, what is in a file's way, and what it mends: a module, huge pages, a dead claim.
# lab: --devices nvme,e1000e
# timeout: 240
source tests/lab/case.sh

card=$(nic)
# doctor CODE [ARGUMENT...]: into $WORK/doctor.
doctor() {
  local expected=$1 status=0
  shift
  "$VIREO" doctor "$@" </dev/null >"$WORK/doctor" 2>&1 || status=$?
  [[ $status == "$expected" ]] || { cat "$WORK/doctor" >&2; fail "doctor $* ended with $status, not $expected"; }
}

modprobe -r vfio-pci || true
doctor 20
cat "$WORK/doctor"
assert_contains "$WORK/doctor" "ok       kvm: /dev/kvm can be opened"
assert_contains "$WORK/doctor" "ok       iommu: the IOMMU is on"
assert_contains "$WORK/doctor" "ok       interrupts: interrupts are remapped"
# The emulated host's IOMMU has 39 bits, its CPU 40.
assert_contains "$WORK/doctor" "warning  dma: dmar0 maps addresses of 39 bits, the CPU has 40"
assert_contains "$WORK/doctor" "0000:00:1f is one device of 3 functions"
assert_contains "$WORK/doctor" "mend  modprobe vfio-pci"
assert_contains "$WORK/doctor" "ok       sriov: 1 device can have VFs"

doctor 2 --fix
assert_contains "$WORK/doctor" "there is no terminal to ask at"
# At a terminal it asks, and no is no.
script -qec "$VIREO doctor --fix" /dev/null <<<"n" >"$WORK/doctor" || true
assert_contains "$WORK/doctor" "nothing was mended"
[[ ! -e /sys/bus/pci/drivers/vfio-pci ]] || fail "vfio-pci was loaded although the answer was no"
doctor 20 --fix --yes
assert_contains "$WORK/doctor" "run \`modprobe vfio-pci\`? yes"
assert_contains "$WORK/doctor" "ok       vfio: vfio-pci is loaded"

# A file's own needs.
make_initrd "$WORK/initrd" 'sleep 100' e1000e
write_guest "$WORK/huge.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card}}" memory="{size: 512MiB, hugepages: 2MiB}"
doctor 21 "$WORK/huge.yaml"
assert_contains "$WORK/doctor" "error    file: the guest needs 256 huge pages"
assert_contains "$WORK/doctor" "huge.yaml = line 3, column"
doctor 20 --fix --yes "$WORK/huge.yaml"
assert_contains "$WORK/doctor" "ok       file: huge can start"
assert_equal 256 "$(</proc/sys/vm/nr_hugepages)" "huge pages"

# A killed vireo.
write_guest "$WORK/web.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card}}"
"$VIREO" run "$WORK/web.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
until [[ $(driver_of "$card") == vfio-pci ]]; do sleep 0.1; done
doctor 21 "$WORK/web.yaml"
assert_contains "$WORK/doctor" "$card is in use by guest \"web\""
kill -KILL $pid
wait $pid || true
doctor 20 --json
assert_contains "$WORK/doctor" "guest \\\"web\\\" is gone, and what was changed for it is not undone: $card"
assert_contains "$WORK/doctor" '"mend": "vireo host restore"'
doctor 20 --fix --yes
assert_contains "$WORK/doctor" "ok       claims: nothing is left of dead guests"
assert_equal e1000e "$(driver_of "$card")" "the driver after the doctor's mend"

# An ordinary user, with a login's limits.
cp "$VIREO" "$WORK/vireo" && chmod -R a+rX "$WORK"
status=0
(ulimit -l 64 && exec setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all --bounding-set=-all \
  "$WORK/vireo" doctor) >"$WORK/doctor" 2>&1 || status=$?
assert_equal 21 "$status" "doctor's exit code for nobody"
assert_contains "$WORK/doctor" "error    kvm: /dev/kvm cannot be opened"
assert_contains "$WORK/doctor" "warning  memlock: this user may lock 64 KiB"
