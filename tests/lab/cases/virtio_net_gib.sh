#!/usr/bin/env bash
# Two guests on taps of one bridge send each other 1 GiB and 5,000 pings, by vhost-net and by vireo's own datapath.
# lab: --devices nvme
# timeout: 3000
# slow: lab.virtio_net does it with 8 MiB
source tests/lab/net.sh

LIMIT=1400
for vhost in true false; do exchange $vhost 1024 5000; done
