# kernel.panic: after how many seconds a kernel that gave up restarts. The old value is put back.
setting=/proc/sys/kernel/panic
before=$(cat $setting)
echo "kernel.panic = $before"
echo "set it to 17 ..."
if (echo 17 >$setting) 2>/dev/null; then
    echo "kernel.panic = $(cat $setting)"
    echo "$before" >$setting
else
    echo "refused: /proc/sys is mounted $(findmnt -n -o OPTIONS /proc/sys | cut -d , -f 1)"
    echo "kernel.panic = $(cat $setting)"
fi
