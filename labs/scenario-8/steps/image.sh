# An image with one program in it, for arm64.
table=/proc/sys/fs/binfmt_misc
trap 'echo -1 >$table/lab-step; docker rmi -f step-arm64 >/dev/null' EXIT
run="docker run --rm --network none --platform linux/arm64 step-arm64"
make-image step-arm64 linux arm64 /srv/cpu/busybox.arm64 | docker load -q >/dev/null
docker image inspect --format 'image for {{.Os}}/{{.Architecture}}' step-arm64

echo "docker run step-arm64 uname -m -r"
$run uname -m -r 2>&1 | sed 's/.*: /  /'

[ -e $table/register ] || mount -t binfmt_misc binfmt_misc $table
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s\n' ":lab-step:M::$magic:$mask:/usr/bin/qemu-aarch64-static:F" >$table/register
echo "once more, with the line in the kernel's table:"
$run uname -m -r | sed 's/^/  /'
