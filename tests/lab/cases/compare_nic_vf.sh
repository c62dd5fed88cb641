#!/usr/bin/env bash
# vireo compare of a NIC with VFs: one of them passed through, virtio-net with vhost and without, and the host itself, to another VF
# at the same card's switch that answers, all up at once. It needs a newer QEMU than Debian 12's.
# lab: --devices igb --qemu newest
# timeout: 600
source tests/lab/case.sh
source tests/lab/vf_state.sh

pf=$(nic)
modprobe -a igbvf macvlan macvtap vhost_net
ip link set eth0 up
# Their MAC addresses are the PF's to say: else each driver that takes a VF makes one up.
echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
echo 2 >"/sys/bus/pci/devices/$pf/sriov_numvfs"
for vf in 0 1; do ip link set eth0 vf "$vf" mac "52:54:00:00:00:0$vf"; done
echo 1 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
for vf in 0 1; do
  basename "$(readlink -f "/sys/bus/pci/devices/$pf/virtfn$vf")" >/sys/bus/pci/drivers/igbvf/bind
done
vf_state "$pf" >"$WORK/before"
cat >"$WORK/compare.yaml" <<YAML
nic: eth0
vf: {trust: on, spoofchk: on}
rounds: 3
window: 300ms
depths: [1, 4]
loads: [50]
guest: {kernel: $VIREO_GUEST_KERNEL, modules: $(echo "$VIREO_GUEST_MODULES"/lib/modules/*), memory: 256MiB}
YAML
"$VIREO" compare "$WORK/compare.yaml" --save "$VIREO_RESULTS/c.json" --report "$VIREO_RESULTS/report.html" >"$WORK/table" 2>"$WORK/progress" ||
  fail "vireo compare ended with $?: $(cat "$WORK/table" "$WORK/progress")"
cat "$WORK/table"
vf_state "$pf" | diff "$WORK/before" - || fail "the host is another afterwards"
value() { jq -r --arg path "$1" ".paths[] | select(.name == \$path) | .cases[] | select(.depth == 1 and .percent == 0) | $2" "$VIREO_RESULTS/c.json"; }
for path in vf vhost-net virtio-net host; do
  assert_equal 3 "$(value $path '.windows | length')" "$path's rounds"
  assert_equal 0 "$(value $path '[.windows[].errors] | add')" "$path's messages that did not come back"
done
returns=$(value vf '([.events.user_exits[]] | add // 0) / .events.operations')
awk -v value="$returns" 'BEGIN {exit !(value <= 0.05)}' || fail "a VF's returns to user space: $returns"
