# The number that the process has inside.
blue="$LAB_PREFIX-$LAB_SCENARIO-blue"
docker exec --user learner --detach "$blue" sleep 1000
until number=$(docker exec "$blue" pgrep -u learner -x sleep); do :; done
echo "$number" | docker exec -i "$blue" tee /root/ended
docker exec "$blue" kill "$number"
