# A start of a kernel has its own boot id; process 1 is what that kernel, or the container, started first.
echo "boot id    $(cut -c 1-18 /proc/sys/kernel/random/boot_id)"
echo "process 1  $(cat /proc/1/comm)"
echo "processes  $(ls -d /proc/[0-9]* | wc -l)"
case $LAB_KIND in
vm)
    echo "kernel log $(dmesg | wc -l) lines"
    echo "units      $(systemctl list-units --state=active --no-legend | wc -l) started"
    ;;
container) echo "kernel log none of its own" && echo "units      none" ;;
esac
