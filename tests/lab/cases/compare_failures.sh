#!/usr/bin/env bash
# What vireo compare does when it cannot: a wrong file, a medium in use, a write that was not allowed, a path that does not come
# up, a guest that hangs, no room for the report, Ctrl-C, SIGKILL. Each says why, and the host is as it was.
# lab: --devices nvme
# timeout: 900
source tests/lab/case.sh
source tests/lab/vf_state.sh

controller=$(nvme_pf)
# comparison FILE [LINE]...: what all of them share, and more.
comparison() {
  printf '%s\n' "nvme: nvme0" "rounds: 2" "depths: [1]" "loads: []" "count_events: false" "range: {size: 16MiB}" "${@:2}" \
    "guest: {kernel: $VIREO_GUEST_KERNEL, modules: $(echo "$VIREO_GUEST_MODULES"/lib/modules/*), memory: 256MiB, time_limit: 60}" >"$1"
}
# refused STATUS TEXT ARGUMENT...: vireo compare ends so, before it does anything.
refused() {
  local status=0
  "$VIREO" compare "${@:3}" >"$WORK/out" 2>&1 || status=$?
  cat "$WORK/out"
  assert_equal "$1" "$status" "exit status"
  assert_contains "$WORK/out" "$2"
}
as_before() {
  vf_state "$controller" | diff "$WORK/before" - || fail "the host is not what it was after $1"
  assert_equal "" "$(ls -d /tmp/vireo-compare-* /sys/kernel/tracing/instances/vireo-* 2>/dev/null)" "what is left after $1"
}

vf_state "$controller" >"$WORK/before"
comparison "$WORK/plain.yaml" "paths: [virtio-blk, host]" "window: 200ms"

comparison "$WORK/wrong.yaml" "widnow: 1s"
refused 3 "wrong.yaml:7:1: error: " "$WORK/wrong.yaml"
assert_contains "$WORK/out" "window" "the key that was meant"
refused 5 "no NVMe controller nvme7" --nvme nvme7
refused 2 "no medium was named"
comparison "$WORK/backing.yaml" "backing: {virtio-blk: /dev/mapper/slwo}"
refused 5 "/dev/mapper/slwo" "$WORK/backing.yaml"
comparison "$WORK/write.yaml" "operation: write"
refused 2 "would overwrite $controller, namespace 1 (/dev/nvme0n1)" "$WORK/write.yaml"
sha=$(medium_sha)
refused 2 "cannot write /nowhere/report.html" "$WORK/plain.yaml" --report /nowhere/report.html
modprobe dm_mod
dmsetup create holder --table "0 65536 linear /dev/nvme0n1 0"
refused 5 "nvme0n1" "$WORK/plain.yaml"
dmsetup remove holder
as_before "refusals"
assert_equal "$sha" "$(medium_sha)" "the medium"

# A path that does not come up; the others are measured.
comparison "$WORK/no_vf.yaml" "paths: [vf, host]" "vf: {index: 7, create: 2}" "window: 200ms"
refused 22 "host" "$WORK/no_vf.yaml"
assert_contains "$WORK/out" "VF" "why"
as_before "a VF that is not there"

# start FILE TEXT: in the background, until it has said the text.
start() {
  rm -f "$WORK/progress" # of the one before
  "$VIREO" compare "$1" >"$WORK/out" 2>"$WORK/progress" &
  pid=$!
  wait_for "$WORK/progress" "$2" 120
}
comparison "$WORK/long.yaml" "paths: [vf, virtio-blk]" "window: 3s"
start "$WORK/long.yaml" "round 2"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
cat "$WORK/out"
assert_equal 130 "$status" "exit status after Ctrl-C"
assert_contains "$WORK/out" "cut short" "that it was cut short"
as_before "Ctrl-C"

start "$WORK/long.yaml" "round 1"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
for ((i = 0; i < 200; i++)); do
  pgrep -f "run /tmp/vireo-compare" >/dev/null || break
  pause 0.3
done
rm -rf /tmp/vireo-compare-*
as_before "SIGKILL"

# A guest that hangs: its vireo is stopped.
comparison "$WORK/hang.yaml" "paths: [virtio-blk, host]" "window: 3s"
sed -i 's/time_limit: 60/time_limit: 25/' "$WORK/hang.yaml"
start "$WORK/hang.yaml" "round 1"
pkill -STOP -f "run /tmp/vireo-compare.*virtio-blk"
status=0
wait "$pid" || status=$?
cat "$WORK/out"
assert_equal 22 "$status" "exit status after a guest hung"
assert_contains "$WORK/out" "in time" "why"
as_before "a guest that hung"

status=0
"$VIREO" compare "$WORK/plain.yaml" --csv /dev/full >"$WORK/out" 2>"$WORK/error" || status=$?
assert_equal 7 "$status" "exit status without room"
assert_contains "$WORK/error" "/dev/full: ENOSPC" "why"
assert_contains "$WORK/out" "virtio-blk" "the table"
as_before "no room"
