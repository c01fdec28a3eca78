# A sleep of that value, but the host's.
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
root nice -n -5 timeout 60 sleep 1000 >/dev/null 2>&1 &
docker exec --detach "$LAB_PREFIX-$LAB_SCENARIO-blue" sleep 1000
