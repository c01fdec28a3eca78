# Who process 1 is, and whom it has started or taken in.
echo "process 1  $(cat /proc/1/comm)"
echo "its words  $(tr '\0' ' ' </proc/1/cmdline)"
echo "children   $(ps -o comm= --ppid 1 | sort | uniq -c | sort -rn | head -n 4 | awk '{printf "%s%s (%s)", sep, $2, $1; sep = ", "}')"
