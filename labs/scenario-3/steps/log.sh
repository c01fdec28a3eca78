dmesg --color=never 2>&1 | head -n 2 | cut -c 1-110
