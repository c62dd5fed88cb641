#!/usr/bin/env bash
# SIGKILL at ten different moments of start-up and run: `vireo host restore` puts the driver back every time.
# lab: --devices e1000e
# timeout: 400
source tests/lab/case.sh

card=$(nic)
make_initrd "$WORK/initrd" 'sleep 100' e1000e
write_guest "$WORK/kill.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $card}}"
for delay in 0.02 0.05 0.1 0.2 0.3 0.5 0.8 1.5 3 8; do
  "$VIREO" run "$WORK/kill.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
  pid=$!
  sleep "$delay"
  kill -KILL "$pid" 2>/dev/null || fail "vireo was gone after $delay s: $(cat "$WORK/guest.log")"
  wait "$pid" 2>/dev/null || true
  echo "killed after $delay s: driver $(driver_of "$card")"
  "$VIREO" host restore || fail "restore ended with $? after $delay s"
  assert_equal e1000e "$(driver_of "$card")" "the driver after a kill at $delay s"
  assert_equal "(null)" "$(cat "/sys/bus/pci/devices/$card/driver_override")" "the override after a kill at $delay s"
done
"$VIREO" host restore | grep -q "nothing to restore" || fail "a second restore found something"
