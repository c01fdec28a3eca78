# What `free` believes, in MiB; and the limit that the kernel keeps for this place.
free -m | awk '/^Mem/ {print "free: total " $2 "\n      used  " $3}'
for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do # cgroup version 2, then 1
    [ "$LAB_KIND" = container ] && [ -r $file ] && limit=$(cat $file)
done
case ${limit:-none} in
none) ;;
max | ?????????????????*) echo "cgroup: no limit" ;; # version 1 writes a number of 19 digits
*) echo "cgroup: at most $((limit / 1048576))" ;;
esac
echo "boot id $(cut -c 1-8 /proc/sys/kernel/random/boot_id)"
