#!/usr/bin/env bash
# The console: interactive on a terminal, which is restored; and with stdin closed, a pipe or a file.
# lab: --devices e1000e
# timeout: 300
source tests/lab/case.sh

# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
echo ready
while read line; do case $line in from* | wait) break ;; esac; done
echo "the guest read: $line"
[ "$line" = wait ] && sleep 100
'
write_guest "$WORK/console.yaml" "$WORK/initrd" "  - {root_port: rp0}"

# What comes before the guest listens is lost, as on a real line: filler first.
{ yes filler | head -n 60; echo "from a file"; } >"$WORK/input" || true
"$VIREO" run "$WORK/console.yaml" <"$WORK/input" >"$WORK/guest.log" 2>&1 || fail "with a file: $?"
assert_contains "$WORK/guest.log" "the guest read: from a file"
: >"$WORK/guest.log"
# shellcheck disable=SC2094 # the log is watched while it is written
{ wait_for "$WORK/guest.log" ready; echo "from a pipe"; sleep 8; } | "$VIREO" run "$WORK/console.yaml" >"$WORK/guest.log" 2>&1 || fail "with a pipe: $?"
assert_contains "$WORK/guest.log" "the guest read: from a pipe"

rm -f "$WORK/guest.log"
"$VIREO" run "$WORK/console.yaml" <&- >"$WORK/guest.log" 2>&1 &
wait_for "$WORK/guest.log" "ready"
kill -TERM $!
status=0
wait $! || status=$?
assert_equal 143 "$status" "exit code with stdin closed"

# A reader that does not read holds the guest up, not vireo.
mkfifo "$WORK/stalled"
exec 4<>"$WORK/stalled"
make_initrd "$WORK/chatty" 'while :; do echo a line that nobody reads; done'
write_guest "$WORK/chatty.yaml" "$WORK/chatty" "  - {root_port: rp0}"
"$VIREO" run "$WORK/chatty.yaml" </dev/null >"$WORK/stalled" 2>"$WORK/guest.log" &
sleep 20
kill -TERM $!
timeout 10 tail --pid=$! -f /dev/null || fail "vireo lives on after SIGTERM while its output is stalled"
status=0
wait $! || status=$?
assert_equal 143 "$status" "exit code with stalled output"
exec 4<&-

# On a terminal: what is typed reaches the guest, Ctrl-A x quits, the terminal is as before.
cat >"$WORK/session" <<SESSION
before=\$(stty -g)
$VIREO run $WORK/console.yaml
echo "code \$?"
[ "\$(stty -g)" = "\$before" ] && echo "terminal restored"
SESSION
mkfifo "$WORK/keys"
script -qefc "bash $WORK/session" "$WORK/typescript" <"$WORK/keys" >/dev/null 2>&1 &
exec 3>"$WORK/keys"
wait_for "$WORK/typescript" "ready"
printf 'wait\r' >&3
wait_for "$WORK/typescript" "the guest read: wait"
printf '\001x' >&3
wait_for "$WORK/typescript" "terminal restored"
exec 3>&-
assert_contains "$WORK/typescript" "code 41"
