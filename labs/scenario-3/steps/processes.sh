# What this place itself lists. NSpid: the process's number here, then its number in each namespace below.
found=$(pgrep -f "^marker-$LAB_PREFIX-$LAB_SCENARIO-" || true)
for pid in $found; do
    tr '\0' ' ' <"/proc/$pid/cmdline" | cut -d ' ' -f 1 | sed "s/^marker-$LAB_PREFIX-$LAB_SCENARIO-/marker of /"
    echo "  uid $(stat -c %u "/proc/$pid"), $(grep NSpid "/proc/$pid/status" | tr '\t' ' ')"
done
[ -n "$found" ] || echo "none of them"
