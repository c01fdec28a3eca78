# The kernel's clock, not the chip's.
date -s "2001-01-01 12:00"
