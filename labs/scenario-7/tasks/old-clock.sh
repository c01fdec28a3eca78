hwclock --set --date "2001-01-01 12:00"
