cd /srv/cpu
echo "this CPU: $(uname -m)"
for program in busybox.amd64 busybox.arm64 busybox.s390x; do
    # Byte 5 of the header is the order of bytes, bytes 18 and 19 are the CPU: elf(5).
    echo "$program: $(file -b $program | cut -d , -f 2)"
    echo "  byte 5:$(od -A n -t x1 -j 5 -N 1 $program)   bytes 18, 19:$(od -A n -t x1 -j 18 -N 2 $program)"
done
