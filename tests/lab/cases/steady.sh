#!/usr/bin/env bash
# A NIC in steady use costs vireo nothing; see tests/lab/steady.sh.
# lab: --devices e1000e
# timeout: 300
source tests/lab/steady.sh

steady e1000e "$(nic)"
