# shellcheck shell=bash
# For the cases that count what a NIC in steady use costs: packets leave and come by its doorbells and interrupts, and vireo
# has nothing to do with it.
source tests/lab/case.sh

# steady DRIVER ADDRESS
steady() {
  local before after pid packets
  # shellcheck disable=SC2016 # for the guest
  make_initrd "$WORK/initrd" '
tries=0
while [ ! -e /sys/class/net/eth0 ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0
tries=0
while [ "$(cat /sys/class/net/eth0/carrier)" != 1 ] && [ $tries -lt 40 ]; do sleep 0.5; tries=$((tries + 1)); done
ping -c 2 -w 20 10.0.2.2 >/dev/null
packets() { echo $(($(cat /sys/class/net/eth0/statistics/tx_packets) + $(cat /sys/class/net/eth0/statistics/rx_packets))); }
interrupts() { grep eth0 /proc/interrupts | awk "{sum += \$2} END {print sum}"; }
before=$(packets) interrupts=$(interrupts)
echo "window: opens"
sleep 4
ping -c 800 -w 60 -A -s 1000 10.0.2.2 >/dev/null
echo "window: closes"
sleep 4
echo "window: packets $(($(packets) - before)) interrupts $(($(interrupts) - interrupts))"
poweroff -f
' "$1"
  write_guest "$WORK/nic.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $2}}"
  "$VIREO" run "$WORK/nic.yaml" </dev/null >"$WORK/guest.log" 2>&1 &
  pid=$!
  wait_for "$WORK/guest.log" "window: opens" 100
  sleep 1
  before=$(mmio_exits $pid)
  wait_for "$WORK/guest.log" "window: closes" 120
  after=$(mmio_exits $pid)
  wait $pid || fail "vireo ended with $?"
  grep "window: packets" "$WORK/guest.log"
  echo "returns to user space for MMIO: $((after - before)); from its start to the window: $before"
  packets=$(sed -n 's/^window: packets \([0-9]*\) .*/\1/p' "$WORK/guest.log")
  ((packets >= 1000)) || fail "few packets: $packets"
  ((before > 0)) || fail "no MMIO at all before the window: is this the right counter?"
  # The emulator now and then lets an interrupt in where the guest has them off; its kernel masks the vector then.
  ((after - before <= packets / 100)) || fail "$((after - before)) returns for $packets packets"
}
