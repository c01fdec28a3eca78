# Kernel threads are children of process 2, which no container has. This script's own processes are counted, too.
echo "processes: $(pgrep -c '')"
echo "  of the kernel: $(pgrep -c -P 2)"
if command -v systemctl >/dev/null; then
    echo "services:"
    systemctl list-units --type=service --state=running --plain --no-legend | sed 's/^\([^ ]*\)\.service .*/  \1/'
else
    echo "services: no init system"
fi
