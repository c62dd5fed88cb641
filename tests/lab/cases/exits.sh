#!/usr/bin/env bash
# Each way a guest's run ends has its exit code: README.md lists them. The device is named by what it is known by.
# lab: --devices e1000e
# timeout: 400
source tests/lab/case.sh

card=$(nic)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
echo "job: $1"
case $1 in
  reboot) reboot -f; sleep 60 ;;
  panic) echo c > /proc/sysrq-trigger; sleep 60 ;;
  wait) sleep 100 ;;
esac
' e1000e pvpanic-mmio
guest() { # guest JOB [KEY=VALUE...]
  write_guest "$WORK/exit.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: {id: '8086:10d3'}, expect: {interface: eth0}}}" \
    cmdline="$CMDLINE panic=-1 vireo.args=$1" "${@:2}"
}
expect() { # expect CODE WHAT
  local status=0
  run_guest "$WORK/exit.yaml" || status=$?
  assert_equal "$1" "$status" "exit code of $2"
  assert_equal e1000e "$(driver_of "$card")" "the driver after $2"
}
stop_by() { # stop_by COMMAND CODE WHAT: COMMAND gets vireo's process id
  rm -f "$WORK/guest.log" # an earlier guest waited, too
  timeout 120 "$VIREO" run "$WORK/exit.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
  local pid=$! status=0
  wait_for "$WORK/guest.log" "job: wait"
  $1 "$(pgrep -P "$pid" -f 'vireo run')"
  wait "$pid" || status=$?
  assert_equal "$2" "$status" "exit code of $3"
}
interrupt() { kill -INT "$1"; }
terminate() { kill -TERM "$1"; }
take_away() { echo 1 >"/sys/bus/pci/devices/$card/remove"; }

guest poweroff && expect 0 "power-off"
guest reboot on_reboot=exit && expect 32 "a reboot with on_reboot: exit"
guest panic && expect 34 "a panic"
guest reboot cmdline="$CMDLINE reboot=t vireo.args=reboot" && expect 33 "a triple fault"
guest wait
stop_by interrupt 130 "SIGINT"
stop_by terminate 143 "SIGTERM"
assert_equal e1000e "$(driver_of "$card")" "the driver after SIGTERM"
stop_by take_away 40 "the device's removal"
