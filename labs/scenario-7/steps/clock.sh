echo "kernel: $(date -u '+%F %T')"
echo "  counts by $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
chip=/sys/class/rtc/rtc0
if [ -e $chip ]; then echo "chip:   $(cat $chip/date) $(cat $chip/time)"; else echo "chip:   none"; fi
if [ -e /dev/rtc0 ]; then echo "  file to set it: /dev/rtc0"; else echo "  file to set it: none"; fi
