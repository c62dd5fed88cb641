#!/usr/bin/env bash
# Two NICs behind a bridge to conventional PCI are one IOMMU group: `companions: true` takes the other one for the group's sake,
# and the guest sees its own only. `power: on` holds while it runs. At the end, and after SIGKILL, both are as they were.
# lab: --devices pci-bridge
# timeout: 240
source tests/lab/case.sh

mapfile -t cards < <(for card in /sys/class/net/eth*/device; do basename "$(readlink -f "$card")"; done)
assert_equal 2 "${#cards[@]}" "NICs"
card=${cards[0]} other=${cards[1]}
echo auto >"/sys/bus/pci/devices/$card/power/control"
state() {
  echo "$(driver_of "$card") $(driver_of "$other") $(cat /sys/bus/pci/devices/{"$card","$other"}/{driver_override,power/control} | xargs)"
}
before=$(state)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
echo "NICs: $(lspci -n | grep -c 8086:100e)"
[ -e /sys/class/net/eth0 ] && echo "mac: $(cat /sys/class/net/eth0/address)"
sleep $1
' e1000
mac=$(cat "/sys/bus/pci/devices/$card/net/"*/address)
guest() { # guest SECONDS
  write_guest "$WORK/nic.yaml" "$WORK/initrd" \
    "  - {root_port: rp0, device: {vfio: $card, companions: true, driver: vfio-pci, power: on}}" cmdline="$CMDLINE vireo.args=$1"
}

guest 0
"$VIREO" plan "$WORK/nic.yaml" >"$WORK/plan" || fail "plan ended with $?"
assert_contains "$WORK/plan" "$other is taken with $card, whose IOMMU group it is in, and given to nobody"
assert_equal "$before" "$(state)" "the host after a plan"
run_guest "$WORK/nic.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "NICs: 1"
assert_contains "$WORK/guest.log" "mac: $mac"
assert_equal "$before" "$(state)" "the host after the guest"

guest 300
rm "$WORK/guest.log"
"$VIREO" run "$WORK/nic.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
pid=$!
wait_for "$WORK/guest.log" "mac: $mac" 150
assert_equal "vfio-pci vfio-pci on" "$(driver_of "$card") $(driver_of "$other") $(<"/sys/bus/pci/devices/$card/power/control")" "while it runs"
# Nobody else has it meanwhile.
write_guest "$WORK/thief.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $other}}"
status=0
"$VIREO" run "$WORK/thief.yaml" </dev/null >"$WORK/thief.log" 2>&1 || status=$?
assert_equal 5 "$status" "another guest's exit code"
assert_contains "$WORK/thief.log" "$other: in use by guest \"nic\""
kill -KILL $pid
wait $pid || true
"$VIREO" host restore
assert_equal "$before" "$(state)" "the host after SIGKILL and restore"
