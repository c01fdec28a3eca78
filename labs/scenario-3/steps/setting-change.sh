# kernel.panic: after how many seconds a kernel that gave up restarts. The next step puts the old value back.
setting=/proc/sys/kernel/panic
echo "kernel.panic = $(cat $setting)"
echo "set it to 17 ..."
cp $setting /run/kernel.panic
if (echo 17 >$setting) 2>/dev/null; then
    echo "done"
else
    rm /run/kernel.panic
    echo "refused: /proc/sys is mounted $(findmnt -n -o OPTIONS /proc/sys | cut -d , -f 1)"
fi
