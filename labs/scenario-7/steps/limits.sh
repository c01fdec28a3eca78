echo "nproc:        $(nproc)"
echo "free (total): $(free -m | awk '/^Mem/ {print $2}') MiB"
[ "$LAB_KIND" = container ] || exit 0
# The limit is no part of any computer. It stands in the control group (v2, or v1).
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes)
time=$(cat /sys/fs/cgroup/cpu.max 2>/dev/null ||
    cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us | tr '\n' ' ')
echo "control group:"
echo "  memory at most $((limit >> 20)) MiB"
echo "  CPU $time"
echo "  (us of time in each period)"
