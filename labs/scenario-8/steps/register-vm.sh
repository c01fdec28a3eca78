table=/proc/sys/fs/binfmt_misc
[ -e $table/register ] || mount -t binfmt_misc binfmt_misc $table
# The line is taken out again when this script ends.
trap 'echo -1 >$table/lab-step' EXIT
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s\n' ":lab-step:M::$magic:$mask:/usr/bin/qemu-aarch64-static:F" >$table/register
head -n 3 $table/lab-step
echo "./busybox.arm64 uname -m"
cd /srv/cpu && ./busybox.arm64 uname -m
