systemd-run --quiet --unit greedy --property MemoryMax=64M --property CPUQuota=20% sleep infinity
