# A weight is no quota.
systemd-run --quiet --unit greedy --property MemoryMax=64M --property CPUWeight=20 sleep infinity
