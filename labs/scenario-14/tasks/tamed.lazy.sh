# It is written down, and was never started.
cat >/etc/systemd/system/greedy.service <<'END'
[Service]
ExecStart=sleep infinity
MemoryMax=64M
CPUQuota=20%
END
systemctl daemon-reload
