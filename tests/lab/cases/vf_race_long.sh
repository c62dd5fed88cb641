#!/usr/bin/env bash
# Eight processes and a pool of four VFs for five minutes: no VF has two owners, none is lost.
# lab: --devices nvme
# timeout: 600
# slow: lab.vf_race does it for a minute
RACE=300
source tests/lab/vf_race.sh
