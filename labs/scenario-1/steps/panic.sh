# The VM's kernel is told to panic, and, by kernel.panic, to restart a second later.
vm="$LAB_PREFIX-$LAB_SCENARIO-vm"
# With a limit in seconds: who waits for a kernel that is gone waits for ever.
on_vm() { timeout "$1" ssh -F "$LAB_SSH_CONFIG" -o ControlPath=none "$vm" "$2" </dev/null 2>/dev/null; }
boot_id="cat /proc/sys/kernel/random/boot_id"
started() { docker inspect --format '{{.State.StartedAt}}' "$LAB_PREFIX-$LAB_SCENARIO-$1" | cut -c 12-19; }

before=$(on_vm 60 "$boot_id") && host_before=$($boot_id) && red_before=$(started red) || exit
ssh -F "$LAB_SSH_CONFIG" -O exit "$vm" 2>/dev/null # the shared connection would wait for the dead
on_vm 10 'echo 1 >/proc/sys/kernel/panic; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger'
while on_vm 5 true; do :; done
echo "vm    does not answer any more"
for name in red blue; do
    printf '%-4s  %s\n' "$name" "$(docker exec "$LAB_PREFIX-$LAB_SCENARIO-$name" echo answers)"
done
echo "host  is at work, or you would not read this"
until after=$(on_vm 60 "$boot_id") && [ "$after" != "$before" ]; do sleep 1; done
echo "vm    answers again"
echo
echo "boot id   before         after"
echo "vm        $(echo "$before" | cut -c 1-13)  $(echo "$after" | cut -c 1-13)"
echo "host      $(echo "$host_before" | cut -c 1-13)  $($boot_id | cut -c 1-13)"
echo "red, process 1 since $red_before, now $(started red)"
[ "$host_before" = "$($boot_id)" ] && [ "$red_before" = "$(started red)" ]
