#!/usr/bin/env bash
# A NIC by passt, of a user without privileges: the guest has its address by DHCP, and gets data from the emulated host by TCP.
# lab: --devices e1000e
# timeout: 300
source tests/lab/case.sh

ip address add 192.0.2.2/24 dev eth0
for link in lo eth0; do ip link set $link up; done
ip route add default via 192.0.2.1
head -c 256K /dev/urandom >"$WORK/data"
socat -u "OPEN:$WORK/data" TCP4-LISTEN:5000,bind=127.0.0.1 &
chmod 711 "$WORK"
install -d -o nobody "$WORK/passt"
setpriv --reuid nobody --regid nogroup --clear-groups passt --foreground --ipv4-only --socket "$WORK/passt/socket" >"$WORK/passt.log" 2>&1 &
for _ in {1..100}; do [[ ! -S $WORK/passt/socket ]] || break; pause 0.3; done

# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
ip link set eth0 up
cat >/tmp/udhcpc <<"SCRIPT"
[ "$1" = bound ] && ip address add $ip/${mask:-24} dev $interface && ip route add default via $router && echo "bound: $ip by way of $router"
SCRIPT
chmod +x /tmp/udhcpc
udhcpc -q -n -i eth0 -s /tmp/udhcpc
router=$(ip route | sed -n "s/default via \([^ ]*\).*/\1/p")
# Its own side stays open: this passt sends nothing to one that has closed it.
mkfifo /tmp/open
sleep 100 >/tmp/open &
echo "received: $(nc $router 5000 </tmp/open | sha256sum | cut -d" " -f1)"
' virtio_pci virtio_net af_packet
write_guest "$WORK/guest.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {virtio: net, passt: $WORK/passt/socket}}"
run_guest "$WORK/guest.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "bound: 192.0.2.2 by way of 192.0.2.1"
assert_contains "$WORK/guest.log" "received: $(sha256sum <"$WORK/data" | cut -d' ' -f1)"
