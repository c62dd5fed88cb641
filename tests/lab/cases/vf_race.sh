#!/usr/bin/env bash
# Eight processes and a pool of four VFs for a minute: no VF has two owners, none is lost.
# lab: --devices nvme
# timeout: 240
RACE=60
source tests/lab/vf_race.sh
