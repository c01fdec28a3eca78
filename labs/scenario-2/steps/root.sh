awk '$2 == "/" {print "root: " $3 " on " substr($1, 1, 20)}' /proc/mounts | tail -n 1
lsblk --noheadings --list --output NAME,TYPE,SIZE 2>/dev/null | grep -v loop | sed 's/^/disk: /'
