# Politeness: it weighs among the processes of one container, and not between two.
docker exec --detach "$LAB_PREFIX-$LAB_SCENARIO-red" nice -n 19 sleep 1000
docker update --cpu-shares 1024 "$LAB_PREFIX-$LAB_SCENARIO-blue"
