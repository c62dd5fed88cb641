#!/usr/bin/env bash
# Two guests at once, one VF each, write different patterns to different ranges; both verify, no cross-talk. `vireo host list`
# says who has the VFs, and that nobody has them afterwards.
# lab: --devices nvme
# timeout: 300
source tests/lab/case.sh

mapfile -t vfs < <(tests/lab/nvme-vf "$(nvme_pf)" 2)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
number=$1; offset=$2; other=$3
sleep 1
yes "guest $number" | head -c 8388608 > /tmp/pattern
dd if=/tmp/pattern of=/dev/nvme0n1 bs=1M seek=$offset oflag=direct conv=notrunc 2>/dev/null
echo "wrote $number"
sleep 8
dd if=/dev/nvme0n1 bs=1M skip=$offset count=8 iflag=direct 2>/dev/null | cmp - /tmp/pattern && echo "verified $number"
dd if=/dev/nvme0n1 bs=1M skip=$other count=1 iflag=direct 2>/dev/null | head -c 7
' nvme
for number in 1 2; do
  write_guest "$WORK/g$number.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: ${vfs[number - 1]}}}" \
    cmdline="$CMDLINE vireo.args=$number,$((80 + 40 * (number - 1))),$((80 + 40 * (2 - number)))"
  timeout 200 "$VIREO" run "$WORK/g$number.yaml" </dev/null >"$WORK/g$number.log" 2>&1 &
done
wait_for "$WORK/g1.log" "wrote 1" 150
"$VIREO" host list >"$WORK/during"
wait -n || fail "a guest ended with $?: $(tail -n 5 "$WORK"/g?.log)"
wait -n || fail "a guest ended with $?: $(tail -n 5 "$WORK"/g?.log)"
for number in 1 2; do
  assert_contains "$WORK/g$number.log" "verified $number"
  assert_contains "$WORK/g$number.log" "guest $((3 - number))" "what the other guest wrote"
done
"$VIREO" host list >"$WORK/after"
# state FILE ADDRESS: what is said of a function.
state() { sed -n "/^$2 /,/guest/p" "$1"; }
cat "$WORK/after"
holders=$(state "$WORK/during" "${vfs[0]}")
[[ $holders == *"not for a guest: in use by "*"g1"* ]] || fail "g1 has ${vfs[0]}, but: $holders"
[[ $(state "$WORK/after" "${vfs[0]}") == *"VF of 0000:"*"a guest can have it"* ]] || fail "nobody has ${vfs[0]}"
pf=$(nvme_pf)
[[ $(state "$WORK/during" "$pf") == *"PF with 2 of "*" VFs, 0 free"*"not for a guest: has 2 VFs enabled"* ]] || fail "both VFs of $pf are taken"
