#!/usr/bin/env bash
# `vf_token`: one guest owns a PF, another one a VF of it; the VF is to be had only by who knows the PF's token.
# lab: --devices nvme
# timeout: 400
source tests/lab/case.sh

pf=$(nvme_pf)
token=9a6b4ff1-3a53-4b2f-8d0e-6c0f5d0b7a11
echo 1 >/sys/module/vfio_pci/parameters/enable_sriov
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" 'echo "functions: $(lspci -n -s 01:00.0)"; echo "job: wait"; sleep 150; poweroff -f'
write_guest "$WORK/pf.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $pf, vf_token: $token}}"
timeout 200 "$VIREO" run "$WORK/pf.yaml" </dev/null >"$WORK/pf.log" 2>&1 &
pid=$!
wait_for "$WORK/pf.log" "job: wait" 80
echo 1 >"/sys/bus/pci/devices/$pf/sriov_numvfs"
vf=$(basename "$(readlink -f "/sys/bus/pci/devices/$pf/virtfn0")")

# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/vf-initrd" 'echo "functions: $(lspci -n -s 01:00.0)"; poweroff -f'
# try TOKEN_YAML: the exit code of the VF's guest.
try() {
  write_guest "$WORK/vf.yaml" "$WORK/vf-initrd" "  - {root_port: rp0, device: {vfio: $vf$1}}"
  local status=0
  run_guest "$WORK/vf.yaml" || status=$?
  echo "$status"
}
assert_equal 5 "$(try "")" "exit code without a token"
assert_contains "$WORK/guest.log" "beside it, the same UUID for all of them"
assert_equal 5 "$(try ", vf_token: 00000000-0000-4000-8000-000000000000")" "exit code with another token"
assert_contains "$WORK/guest.log" "its PF or its VFs are open with another"
assert_equal 0 "$(try ", vf_token: $token")" "exit code with the token"
assert_contains "$WORK/guest.log" "functions: 01:00.0 0108: 1b36:0010"

kill -TERM $pid
status=0
wait $pid || status=$?
assert_equal 143 $status "exit code of the PF's guest"
echo 0 >"/sys/bus/pci/devices/$pf/sriov_numvfs" || true
assert_equal nvme "$(driver_of "$pf")" "the PF's driver afterwards"
