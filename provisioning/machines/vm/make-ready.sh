# Runs in a guest before its state is kept. The guest would go on with whatever is under way at each restore.

# Nothing is left to start.
systemctl is-system-running --wait

# Memory that is free still holds what programs left there, and would be kept like any other. Zeros are not: the file of a
# booted state takes 169 MiB instead of 179.
python3 -c 'import mmap, re
free = int(re.search(r"MemFree: +([0-9]+)", open("/proc/meminfo").read())[1])
mmap.mmap(-1, (free - 16384) * 1024, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)'

# QEMU's emulated counter (TSC) never goes back, not even when a state is loaded. A guest that counts by it leaps in time,
# and is busy for a second with all that seems to be due. QEMU's HPET does go back. The guest counts by the TSC again once
# the host has told it the time.
clock=/sys/devices/system/clocksource/clocksource0
grep -q kvm-clock $clock/available_clocksource || echo hpet >$clock/current_clocksource

systemctl service-watchdogs no

# The kernel's scheduler counts by the TSC in any case. With its watchdog on it would note a lockup in its taint.
echo 0 >/proc/sys/kernel/watchdog

# With its bound on real-time tasks it would hold that the task which ran when the state was kept, such as `lab-wake`, has
# run ever since, and would let it wait for as long.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
