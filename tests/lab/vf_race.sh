# shellcheck shell=bash
# For lab.vf_race and lab.vf_race_long: eight processes take a VF of a pool of four, run a guest that says what it has and
# ends, and give the VF back, again and again for RACE seconds.
source tests/lab/case.sh
source tests/lab/vf_state.sh

pf=$(nvme_pf)
modprobe vfio-pci
"$VIREO" host vf create nvme0 4 >/dev/null
vf_state "$pf" >"$WORK/before"
cat >"$WORK/race.yaml" <<YAML
name: race
memory: 32MiB
boot: {kernel: $(realpath "${VIREO%/*}/lab/guests/present")}
pcie:
  - {root_port: rp0, device: {vf: {pf: nvme0, queues: 2, interrupts: 1}}}
YAML

# worker NUMBER: what it got, a line a try.
worker() {
  local status log=$WORK/log.$1 ends=$((SECONDS + RACE))
  while ((SECONDS < ends)); do
    status=0
    timeout 60 "$VIREO" run "$WORK/race.yaml" </dev/null >"$log" 2>&1 || status=$?
    if [[ $status == 0 ]] && grep -q '^device: 1055542$' "$log"; then # 0x00101b36
      echo served
    elif [[ $status == 5 ]] && grep -qF "has no free VF" "$log"; then
      echo refused
    else
      echo "ended with $status: $(tr '\n' ' ' <"$log")"
    fi
  done >"$WORK/tries.$1"
}
for number in {1..8}; do worker "$number" & done
# At no moment has one vireo two VFs. Two that had one VF would show as a try that ended otherwise: VFIO opens it for one.
ends=$((SECONDS + RACE))
while ((SECONDS < ends)); do
  sleep 1
  "$VIREO" host vf list nvme0 >"$WORK/list"
  { grep -oE 'pid [0-9]+' "$WORK/list" || true; } | sort | uniq -d >"$WORK/twice"
  [[ ! -s $WORK/twice ]] || { cat "$WORK/list" >&2; fail "one vireo has two VFs"; }
done
wait
sort "$WORK"/tries.* | uniq -c
if grep -hvx -e served -e refused "$WORK"/tries.*; then fail "a try ended otherwise"; fi
for number in {1..8}; do assert_contains "$WORK/tries.$number" served "a VF for worker $number"; done
vf_state "$pf" | diff "$WORK/before" - || fail "the host is another after the race"
"$VIREO" host vf destroy nvme0 >/dev/null
