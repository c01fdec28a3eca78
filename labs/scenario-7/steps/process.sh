# The VM, seen from the host.
qemu=$(pgrep -f "guest=$LAB_PREFIX-$LAB_SCENARIO-vm,")
echo "The whole computer is process $qemu:"
arguments() { tr '\0' '\n' <"/proc/$qemu/cmdline"; }
echo "  $(arguments | head -n 1)"
for option in -machine -accel -cpu -m -smp -rtc; do
    echo "  $option $(arguments | grep -A 1 -x -e "$option" | tail -n 1 | cut -c 1-60)"
done
echo "  ... and $(arguments | grep -c -x -e -device) times -device"
echo "The container is processes:"
docker top "$LAB_PREFIX-$LAB_SCENARIO-box" -o pid,args | tail -n +2 | sed 's/^ *\([0-9]*\) */  \1 /'
