#!/usr/bin/env bash
# vireo compare of a NIC whose cable leads to another: the whole device passed through, virtio-net with vhost and without, and the
# host itself, by turns of which each has the device alone; by datagrams and by a connection. Everything is given back. A peer in use
# is refused, and one that does not answer is said.
# lab: --devices nvme,wire,wire2
# timeout: 900
source tests/lab/case.sh

modprobe -a e1000e macvlan macvtap vhost_net
# The lab's devices are there in the order in which it was asked for them.
mapfile -t nics < <(for link in /sys/class/net/*; do [[ $(readlink -f "$link/device/driver") == */e1000e ]] && echo "$(basename "$(readlink -f "$link/device")") ${link##*/}"; done | sort | cut -d" " -f2)
nic=${nics[0]} peer=${nics[1]}
ip link set "$nic" down
ip link set "$peer" down
state() { ip -o link | sed 's/^[0-9]*: //; s/qdisc [a-z_]* //; s/qlen.*//' | sort; ls /sys/bus/pci/drivers/e1000e; ls /sys/class/net; }
# compare_file LINE...: a comparison's file, with these in place of its own.
compare_file() {
  local line lines
  lines="nic: $nic
peer: $peer
rounds: 2
window: 300ms
depths: [1, 4]
loads: [50]
guest: {kernel: $VIREO_GUEST_KERNEL, modules: $(echo "$VIREO_GUEST_MODULES"/lib/modules/*), memory: 256MiB}"
  for line; do lines=$(grep -v "^${line%%:*}:" <<<"$lines")$'\n'$line; done
  echo "$lines" >"$WORK/compare.yaml"
}

state >"$WORK/before"
compare_file
"$VIREO" compare "$WORK/compare.yaml" --save "$WORK/c.json" --report "$VIREO_RESULTS/report.html" >"$WORK/table" 2>"$WORK/progress" ||
  fail "vireo compare ended with $?: $(cat "$WORK/table" "$WORK/progress")"
cat "$WORK/table"
cp "$WORK/c.json" "$VIREO_RESULTS/"
state >"$WORK/after"
diff "$WORK/before" "$WORK/after" || fail "the host is not what it was"

value() { jq -r --arg path "$1" --argjson depth "$2" ".paths[] | select(.name == \$path) | .cases[] | select(.depth == \$depth and .percent == 0) | $3" "$WORK/c.json"; }
for path in pf vhost-net virtio-net host; do
  for depth in 1 4; do
    assert_equal 2 "$(value $path $depth '.windows | length')" "$path's rounds"
    assert_equal 0 "$(value $path $depth '[.windows[].errors] | add')" "$path's messages that did not come back"
    (($(value $path $depth '[.windows[].operations] | min') > 20)) || fail "$path did next to nothing"
  done
done
within() { awk -v value="$1" -v least="$2" -v most="$3" 'BEGIN {exit !(value >= least && value <= most)}' || fail "$4: $1 is not within $2 and $3"; }
per_io() { value "$1" 1 "([.events.$2[]] | add // 0) / .events.operations"; }
for path in pf vhost-net virtio-net; do assert_equal "" "$(value $path 1 '.events.missing')" "what was not counted of $path"; done
# vhost's thread is the kernel's; vireo's own one reads and writes the tap and two eventfds.
within "$(per_io pf calls)" 0 0.1 "system calls of a function's vireo"
within "$(per_io vhost-net calls)" 0 0.1 "system calls of vireo beside vhost"
within "$(per_io virtio-net calls)" 3 12 "system calls of vireo's own datapath"
for path in pf vhost-net virtio-net; do within "$(per_io $path interrupts)" 0.9 4 "$path's interrupts"; done
assert_contains "$WORK/table" "emulated host" "the warning"

# A connection, paths that are all up at once.
compare_file "operation: tcp" "message: 1000" "paths: [vhost-net, host]" "count_events: false"
"$VIREO" compare "$WORK/compare.yaml" --save "$WORK/c.json" >"$WORK/table" 2>&1 || fail "by TCP: $(cat "$WORK/table")"
for path in vhost-net host; do assert_equal 0 "$(value $path 4 '[.windows[].errors] | add')" "$path's messages"; done
state >"$WORK/after"
diff "$WORK/before" "$WORK/after" || fail "the host is not what it was after TCP"

# refused TEXT ARGUMENTS: nothing is begun.
refused() {
  local text=$1
  shift
  if "$VIREO" compare "$@" >"$WORK/refused" 2>&1; then fail "not refused: $*"; fi
  cat "$WORK/refused"
  assert_contains "$WORK/refused" "$text"
  state >"$WORK/after"
  diff "$WORK/before" "$WORK/after" || fail "the host is not what it was after: $*"
}
refused "nobody is at the other end of $nic" --nic "$nic"
refused "no network interface or device eth77" --nic eth77 --peer "$peer"
refused "cannot be its own peer" --nic "$nic" --peer "$nic"
refused "is no PCI device's" --nic lo --peer "$peer"
ip address add 10.9.9.9/24 dev "$peer"
state >"$WORK/before"
refused "it has an address" --nic "$nic" --peer "$peer"
ip address flush dev "$peer"

# Killed while a guest is up: what is left is taken away by the next.
compare_file "paths: [vhost-net, host]" "window: 60s"
state >"$WORK/before"
"$VIREO" compare "$WORK/compare.yaml" >"$WORK/killed" 2>&1 &
killed=$!
wait_for "$WORK/killed" "round 1 of 2: vhost-net" 120
kill -9 $killed
wait $killed || true
for _ in $(seq 100); do [[ ! -e /sys/class/net/$peer ]] || break; sleep 0.1; done
compare_file "paths: [host]" "count_events: false" "rounds: 1"
"$VIREO" compare "$WORK/compare.yaml" >"$WORK/table" 2>&1 || fail "after a kill: $(cat "$WORK/table")"
ip link set "$nic" down # the killed one had set it up
state >"$WORK/after"
diff "$WORK/before" "$WORK/after" || fail "the host is not what it was after a kill"
