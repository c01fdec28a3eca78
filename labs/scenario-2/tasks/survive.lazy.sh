# A diary that claims to be old.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-writer" sh -c 'echo survived >/data/diary; touch -d 2000-01-01 /data/diary'
