echo "kernel $(uname -r)"
# `modprobe -n` only tries: nothing is loaded.
for driver in overlay:layers bridge:"local networks" vxlan:"networks over machines" ip_vs:"one port, many replicas"; do
    name=${driver%%:*}
    has=no
    if [ -d "/sys/module/$name" ] || PATH=$PATH:/sbin:/usr/sbin modprobe -n -q "$name" 2>/dev/null; then has=yes; fi
    printf '%-8s %-4s %s\n' "$name" "$has" "(${driver#*:})"
done
