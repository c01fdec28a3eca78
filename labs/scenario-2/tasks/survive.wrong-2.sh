# The right place, but the old container: a restart removes nothing.
writer="$LAB_PREFIX-$LAB_SCENARIO-writer"
docker exec "$writer" sh -c 'echo survived >/data/diary'
docker restart --time 0 "$writer"
