# The kernel is to press it there, and may let it have more.
systemd-run --quiet --unit greedy --property MemoryHigh=64M --property CPUQuota=20% sleep infinity
