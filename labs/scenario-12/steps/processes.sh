# How the host's kernel sees the two VMs.
for machine in small large; do
    name="$LAB_PREFIX-$LAB_SCENARIO-$machine"
    pids=$(pgrep -f "^[^ ]*qemu.* guest=$name,")
    echo "$name: $(echo "$pids" | wc -l) process"
    for pid in $pids; do
        ps -o pid=,user=,comm=,nlwp=,rss= -p "$pid" |
            awk '{ printf "  number %s of user %s: %s, %s threads, %d MiB in memory\n", $1, $2, $3, $4, $5 / 1024 }'
        # A processor of a VM is a thread of its process.
        for task in /proc/"$pid"/task/*; do
            name=$(cat "$task/comm")
            case $name in CPU*) echo "  thread ${task##*/} is its processor $name" ;; esac
        done
    done
done
