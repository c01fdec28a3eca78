# It believes the limit also where there is none.
cat >/root/half <<'END'
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes)
[ "$limit" = max ] && limit=0
echo $((limit / 2 / 1048576))
END
