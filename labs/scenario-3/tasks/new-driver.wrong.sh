# A device file, with no driver behind it.
mknod /dev/ram0 b 1 0
