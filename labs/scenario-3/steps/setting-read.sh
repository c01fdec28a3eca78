setting=/proc/sys/kernel/panic
echo "kernel.panic = $(cat $setting)"
if [ -f /run/kernel.panic ]; then
    cat /run/kernel.panic >$setting
    rm /run/kernel.panic
fi
