# A quota: so blue does not get more even when nobody else wants it.
docker update --cpus 0.75 "$LAB_PREFIX-$LAB_SCENARIO-blue"
docker update --cpus 0.25 "$LAB_PREFIX-$LAB_SCENARIO-red"
