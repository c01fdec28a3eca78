# What the kernel wrote while it found the computer around it.
log=$(dmesg --color=never 2>&1) || { echo "$log"; exit 0; }
echo "$log" | grep -E 'BIOS-e820.* usable|DMI: |virtio_blk .*blocks|registered as rtc' |
    sed 's/^\[ *[0-9.]*\] //; s/0x0*\([0-9a-f]\)/0x\1/g' | cut -c 1-90
