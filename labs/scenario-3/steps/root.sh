effective=$(sed -n 's/^CapEff:\t//p' /proc/self/status)
echo "uid $(id -u), capabilities $effective"
# name:bit, from capabilities(7) and linux/capability.h
for capability in SYS_MODULE:16 SYS_BOOT:22 SYS_TIME:25 SYSLOG:34; do
    [ $((0x$effective >> ${capability#*:} & 1)) = 1 ] && has=yes || has=no
    printf '%-10s  %s\n' "${capability%:*}" "$has"
done
