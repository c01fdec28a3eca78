modprobe brd
