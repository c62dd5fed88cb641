#!/usr/bin/env bash
# The guest's clock: it shows the time, and its alarm interrupts.
# lab: --devices edu
# timeout: 200
source tests/lab/case.sh

# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
clock=/sys/class/rtc/rtc0
alarms() { awk "\$NF == \"rtc0\" {sum += \$2} END {print sum + 0}" /proc/interrupts; }
dmesg | grep rtc_cmos
echo "clock: $(cat $clock/name), off by $(($(cat $clock/since_epoch) - $(date +%s))) s"
echo "line: $(grep rtc0 /proc/interrupts | tr -s " ")"
before=$(alarms)
echo +2 >$clock/wakealarm
tries=0
while [ "$(alarms)" = "$before" ] && [ $tries -lt 40 ]; do sleep 0.5; tries=$((tries + 1)); done
echo "alarms: $(($(alarms) - before)), still set: $(cat $clock/wakealarm)"
before=$(alarms)
sleep 3
echo "more: $(($(alarms) - before))"
'
write_guest "$WORK/clock.yaml" "$WORK/initrd" "  []"
run_guest "$WORK/clock.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
assert_contains "$WORK/guest.log" "alarms up to one day" "what the driver thinks of the interrupt"
grep -qE 'clock: rtc_cmos .*, off by (-[12]|[012]) s' "$WORK/guest.log" || fail "the clock shows another time"
grep -qE 'line: +8: .* IO-APIC 8-edge rtc0' "$WORK/guest.log" || fail "the clock has no line"
assert_contains "$WORK/guest.log" "alarms: 1, still set:"
assert_contains "$WORK/guest.log" "more: 0" "an alarm that comes once"
