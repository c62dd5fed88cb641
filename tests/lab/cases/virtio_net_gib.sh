#!/usr/bin/env bash
# Two guests on taps of one bridge send each other 1 GiB and 5,000 pings, by vhost-net and by vireo's own datapath.
# lab: --devices nvme
# timeout: 3000
# slow: lab.virtio_net does it with 8 MiB
source tests/lab/net.sh

LIMIT=1400
# One pair of queues: with two, the tap's driver moves a flow to the queue on which the guest sent last, so segments overtake
# each other and TCP sends up to a hundred of them again (none with one), which takes two to five times as long.
for vhost in true false; do exchange $vhost 1024 5000 1; done
