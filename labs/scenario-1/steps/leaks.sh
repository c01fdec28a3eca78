awk '/MemTotal/ {printf "memory     %d MiB\n", $2 / 1024}' /proc/meminfo
echo "processors $(grep -c ^processor /proc/cpuinfo)"
echo "load       $(cut -d ' ' -f 1 /proc/loadavg)"
echo "uptime     $(cut -d . -f 1 /proc/uptime) s"
