#!/usr/bin/env bash
# An emulated console beside a passed-through VF: a console and a named port on sockets, both ways, and a port to a file, by packed
# virtqueues; a port whose client does not read holds up nobody else.
# lab: --devices nvme
# timeout: 240
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
ports=$(grep -l . /sys/class/virtio-ports/*/name | xargs -n1 dirname | xargs -n1 basename)
for port in $ports; do mkdir -p /dev/virtio-ports; ln -s /dev/$port /dev/virtio-ports/$(cat /sys/class/virtio-ports/$port/name); done
echo "ports: $(ls /dev/virtio-ports | sort | xargs)"
echo "to a file" >/dev/virtio-ports/log
echo "guest: console is ready" >/dev/hvc0
head -c 1000000 /dev/zero | tr "\000" x >/dev/virtio-ports/bulk &
head -n 1 /dev/virtio-ports/agent >/tmp/asked
echo "asked: $(cat /tmp/asked)"
echo "answer to $(cat /tmp/asked)" >/dev/virtio-ports/agent
head -n 1 /dev/hvc0 | sed "s/^/typed: /"
wait
echo "bulk: written"
sleep 1
dmesg | grep -iE "virtio.*(error|fail)|virtio-ports.*(error|fail)" | sed "s/^/guest: /"
poweroff -f
' nvme virtio_pci virtio_console

write_guest "$WORK/console.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}
  - root_port: rp1
    device:
      virtio: console
      ports:
        - {socket: $WORK/hvc}
        - {name: agent, socket: $WORK/agent}
        - {name: log, file: $WORK/log}
        - {name: bulk, socket: $WORK/bulk}"
# What a vireo that was killed leaves behind.
socat "UNIX-LISTEN:$WORK/agent" STDOUT &
until [[ -e $WORK/agent ]]; do sleep 0.1; done
"$VIREO" plan "$WORK/console.yaml" >"$WORK/plan" 2>&1 && fail "somebody's socket is taken"
assert_contains "$WORK/plan" "socket $WORK/agent: somebody listens there already"
kill -9 $!
run_guest "$WORK/console.yaml" &
guest=$!
# Comes, and goes before the guest looks.
socat -u /dev/null "UNIX-CONNECT:$WORK/hvc,retry=100,interval=0.1"
for port in hvc agent; do
  mkfifo "$WORK/$port.in"
  socat "UNIX-CONNECT:$WORK/$port,retry=1000,interval=0.1" STDIO <>"$WORK/$port.in" >"$WORK/$port.out" 2>/dev/null &
done
# It connects, and reads only when the others are done.
socat -u "UNIX-CONNECT:$WORK/bulk,retry=1000,interval=0.1" STDOUT 2>/dev/null | { wait_for "$WORK/go" go 150; wc -c; } >"$WORK/bulk.out" &
bulk=$!
wait_for "$WORK/hvc.out" "guest: console is ready" 120
echo "a question" >"$WORK/agent.in"
wait_for "$WORK/agent.out" "answer to a question"
echo "a line" >"$WORK/hvc.in"
wait_for "$WORK/guest.log" "typed: a line"
assert_not_contains "$WORK/guest.log" "bulk: written"
echo go >"$WORK/go"
wait $guest || fail "vireo ended with $?"
wait $bulk
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "ports: agent bulk log"
assert_contains "$WORK/guest.log" "asked: a question"
assert_contains "$WORK/guest.log" "typed: a line"
assert_contains "$WORK/guest.log" "bulk: written"
assert_not_contains "$WORK/guest.log" "guest: "
assert_equal 1000000 "$(cat "$WORK/bulk.out")" "bytes of the port whose client is slow"
assert_equal "to a file" "$(tr -d '\r' <"$WORK/log")" "the file of a port"
[[ ! -e $WORK/hvc ]] || fail "a socket is left over"
