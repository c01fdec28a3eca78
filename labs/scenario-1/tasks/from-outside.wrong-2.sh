# nice warns, and starts it with the value that it has.
docker exec --detach "$LAB_PREFIX-$LAB_SCENARIO-blue" nice -n -5 sleep 1000
