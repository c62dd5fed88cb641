# shellcheck shell=bash
# For the cases in which two guests on taps of one bridge send each other data whose checksum is compared, and pings of which
# none is lost.
source tests/lab/case.sh

modprobe -a tun bridge vhost_net
ip tuntap add dev tap0 mode tap multi_queue user nobody
ip tuntap add dev tap1 mode tap user nobody
ip link add br0 type bridge
for link in br0 tap0 tap1; do ip link set $link up; done
for tap in tap0 tap1; do ip link set $tap master br0; done

# shellcheck disable=SC2016 # for the guest
PROGRAMS=socat make_initrd "$WORK/initrd" '
echo "queues: $(ls -d /sys/class/net/eth0/queues/rx-* | wc -l)"
echo "nic: $(cat /sys/class/net/eth0/address) mtu $(cat /sys/class/net/eth0/mtu) packed $(cut -c35 /sys/bus/virtio/devices/virtio0/features)"
ip link set lo up
ip address add 10.1.1.$2/24 dev eth0
ip link set eth0 up
megabytes=${3:-4}
case $1 in
  serve)
    echo "serving"
    echo "received: $(socat -u -b 65536 TCP-LISTEN:5000 - | md5sum | cut -d" " -f1)" ;;
  send)
    # asked and answered, as the kernel counts: busybox says less than came where the emulated CPU is busy.
    echoes() { awk "/^Icmp: [A-Z]/ {split(\$0, name)} /^Icmp: [0-9]/ {for (i = 2; i <= NF; i++) n[name[i]] = \$i; print n[\"OutEchos\"], n[\"InEchoReps\"]}" /proc/net/snmp; }
    for i in $(seq 50); do ping -c 1 -W 1 10.1.1.1 >/dev/null && break; sleep 0.2; done
    before=$(echoes)
    ping -c ${4:-500} -i 0.002 -q 10.1.1.1 | grep "packets"
    echo "$before $(echoes)" | awk "{print \"pings: \" \$3 - \$1 \" answered: \" \$4 - \$2}"
    ping -c 20 -i 0.01 -s 8000 -q 10.1.1.1 | grep -o "[0-9]* packets received" | sed "s/^/large ping: /"
    dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
    all() { i=0; while [ $i -lt $((megabytes / 4)) ]; do cat /tmp/data; i=$((i + 1)); done; }
    echo "sent: $(all | md5sum | cut -d" " -f1)"
    start=$(cut -d. -f1 /proc/uptime)
    all | socat -u -b 65536 - TCP:10.1.1.1:5000
    # What is not acknowledged yet would go with this guest: ESTABLISHED, FIN_WAIT1 of port 5000.
    for i in $(seq 1000); do
      awk "\$3 ~ /:1388\$/ && \$4 ~ /^0[14]\$/ {left = 1} END {exit left}" /proc/net/tcp && break
      sleep 0.1
    done
    echo "seconds: $(($(cut -d. -f1 /proc/uptime) - start))"
    awk "/^Tcp: [A-Z]/ {split(\$0, name)} /^Tcp: [0-9]/ {for (i = 2; i <= NF; i++) if (name[i] == \"RetransSegs\") print \"sent again: \" \$i}" /proc/net/snmp ;;
esac
echo "interrupts: $(grep virtio0 /proc/interrupts | awk "{sum += \$2 + \$3} END {print sum}")"
echo "second pair: $(awk "/virtio0-input.1/ {print (\$2 + \$3 > 0)}" /proc/interrupts)"
dmesg | grep -iE "virtio|eth0.*(error|fail|timed)" | sed "s/^/guest: /"
poweroff -f
' virtio_pci virtio_net

# net_guest NAME NIC ARGUMENTS [KEY=VALUE]
net_guest() {
  write_guest "$WORK/$1.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {virtio: net, $2}}" cmdline="$CMDLINE vireo.args=$3" "${@:4}"
}

# serve: start the guest that the file says; its process is $server.
serve() {
  rm -f "$WORK/serve.log" # an earlier one was serving, too
  timeout $((${LIMIT:-250} + 120)) "$VIREO" run "$WORK/serve.yaml" </dev/null >"$WORK/serve.log" 2>&1 &
  server=$!
  wait_for "$WORK/serve.log" serving 120
}

# exchange VHOST MEGABYTES PINGS PAIRS: the server has as many CPUs and pairs of queues. What the guests say is in serve.log
# and guest.log.
exchange() {
  local sent packed
  net_guest serve "tap: tap0, mac: '02:00:00:00:00:01', vhost: $1, queues: $4" "serve,1" "cpus=$4"
  net_guest send "tap: tap1, vhost: $1" "send,2,$2,$3"
  serve
  run_guest "$WORK/send.yaml" || fail "vireo ended with $?"
  wait $server || { cat "$WORK/serve.log" "$WORK/guest.log"; fail "the server's vireo ended with $?"; }
  cat "$WORK/serve.log" "$WORK/guest.log"
  grep -H . /sys/class/net/tap[01]/statistics/[rt]x_dropped
  assert_contains "$WORK/serve.log" "nic: 02:00:00:00:00:01 mtu 1500"
  assert_contains "$WORK/serve.log" "queues: $4"
  (($4 == 1)) || assert_contains "$WORK/serve.log" "second pair: 1"
  assert_contains "$WORK/guest.log" "queues: 1"
  assert_contains "$WORK/guest.log" "pings: $3 answered: $3"
  assert_contains "$WORK/guest.log" "large ping: 20 packets received"
  # vhost-net has no packed rings.
  packed=$(sed -n 's/.* packed \([01]\).*/\1/p' "$WORK/guest.log")
  assert_equal "$([[ $1 == true ]] && echo 0 || echo 1)" "$packed" "packed rings"
  sent=$(sed -n 's/^sent: \([0-9a-f]*\).*/\1/p' "$WORK/guest.log")
  [[ -n $sent ]] || fail "nothing was sent"
  assert_contains "$WORK/serve.log" "received: $sent"
  assert_not_contains "$WORK/serve.log" "timed"
}
