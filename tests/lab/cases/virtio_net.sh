#!/usr/bin/env bash
# Emulated NICs: two guests on taps of one bridge, once with vhost-net and once with vireo's own datapath, send each other data
# whose checksum is compared, and a flood of pings of which none is lost; one of them has two CPUs and two pairs of queues; what an operator gets wrong.
# lab: --devices nvme
# timeout: 600
source tests/lab/net.sh

for vhost in true false; do exchange $vhost 8 500 2; done

# The same tap twice, and one that is not there.
serve
if "$VIREO" run "$WORK/serve.yaml" </dev/null >"$WORK/second.log" 2>&1; then fail "two guests have one tap"; fi
kill $server
wait $server || true
cat "$WORK/second.log"
assert_contains "$WORK/second.log" "queues of network interface tap0: EBUSY"
net_guest missing "tap: tap7" serve,1
if "$VIREO" plan "$WORK/missing.yaml" >"$WORK/missing.log" 2>&1; then fail "a tap that is not there"; fi
assert_contains "$WORK/missing.log" "network interface tap7: there is none of that name"
assert_contains "$WORK/missing.log" "ip tuntap add dev tap7 mode tap"
