# What the kernel tells of the chip is covered by a file; the chip is as it was.
echo 2001-01-01 >/run/date
mount --bind /run/date /sys/class/rtc/rtc0/date
