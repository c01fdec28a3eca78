docker update --cpu-shares 1024 "$LAB_PREFIX-$LAB_SCENARIO-red"
docker update --cpu-shares 3072 "$LAB_PREFIX-$LAB_SCENARIO-blue"
