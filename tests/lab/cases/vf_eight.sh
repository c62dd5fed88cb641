#!/usr/bin/env bash
# Four guests, each with a VF of the NIC and a VF of the NVMe controller, all made and set up by vireo: through the NIC's VFs
# they reach each other, through the others each writes and reads a range of its own. Then 20 times four vireos start at once and
# are killed at a random moment each. After all of it the host is byte for byte what it was. It needs a newer QEMU than Debian 12's.
# lab: --devices nvme,igb --qemu newest
# timeout: 1200
source tests/lab/case.sh
source tests/lab/vf_state.sh

nic=$(nic)
controller=$(nvme_pf)
ip link set eth0 up
echo auto >"/sys/bus/pci/devices/$nic/power/control"
vf_state "$nic" "$controller" >"$WORK/before"
cat "$WORK/before"
same() { vf_state "$nic" "$controller" | diff "$WORK/before" - || fail "the host is another after $*"; }

# shellcheck disable=SC2016 # for the guest: number, seconds to stay
make_initrd "$WORK/initrd" '
number=$1
range="seek=$((number * 16)) bs=1M count=16"
dd if=/dev/urandom of=/tmp/data bs=1M count=16 2>/dev/null
dd if=/tmp/data of=/dev/nvme0n1 $range oflag=direct 2>/dev/null
echo "wrote: $(sha256sum </tmp/data | cut -d" " -f1)"
echo "read: $(dd if=/dev/nvme0n1 skip=$((number * 16)) bs=1M count=16 iflag=direct 2>/dev/null | sha256sum | cut -d" " -f1)"
tries=0
while [ ! -e /sys/class/net/eth0 ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
echo "mac: $(cat /sys/class/net/eth0/address)"
ip addr add 10.9.0.$number/24 dev eth0
ip link set eth0 up
tries=0
while [ "$(cat /sys/class/net/eth0/carrier)" != 1 ] && [ $tries -lt 60 ]; do sleep 0.5; tries=$((tries + 1)); done
echo "up"
for other in 1 2 3 4; do
  [ $other = $number ] && continue
  tries=0
  while ! ping -c 1 -W 1 10.9.0.$other >/dev/null && [ $tries -lt 200 ]; do tries=$((tries + 1)); done
  ping -c 10 -i 0.1 -q 10.9.0.$other | grep "10 packets received" >/dev/null && echo "reached $other"
done
echo "done"
sleep 1000
' igbvf nvme
guest() { # guest NUMBER
  write_guest "$WORK/g$1.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vf: {pf: eth0, create: 4, mac: '52:54:00:aa:bb:0$1', vlan: 10, trust: on}}}
  - {root_port: rp1, device: {vf: {pf: nvme0, create: 4, queues: 2, interrupts: 1, namespaces: [1]}}}" cmdline="$CMDLINE vireo.args=$1" memory=256MiB
}

for number in {1..4}; do guest "$number" && start_guest "$number"; done
for number in {1..4}; do wait_for "$WORK/g$number.log" "done" 400; done
"$VIREO" host vf list | tee "$WORK/list"
for number in {1..4}; do
  cat "$WORK/g$number.log"
  assert_contains "$WORK/g$number.log" "mac: 52:54:00:aa:bb:0$number"
  for other in {1..4}; do ((number == other)) || assert_contains "$WORK/g$number.log" "reached $other"; done
  assert_equal 2 "$(grep -c "in use by guest \"g$number\"" "$WORK/list")" "VFs of guest $number"
  written=$(grep -o 'wrote: .*' "$WORK/g$number.log" | cut -d' ' -f2 | tr -d '\r')
  assert_contains "$WORK/g$number.log" "read: $written"
  # After all of them have written.
  found=$(dd if=/dev/nvme0n1 skip=$((number * 16)) bs=1M count=16 iflag=direct 2>/dev/null | sha256sum | cut -d' ' -f1)
  assert_equal "$written" "$found" "the range of guest $number"
done
kill -TERM "${pids[@]}"
wait || true
same "four guests"
kill_guests 4 "$nic" "$controller"
