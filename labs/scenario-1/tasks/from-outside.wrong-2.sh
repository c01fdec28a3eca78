# Blue is made anew, with the power to do it itself.
blue="$LAB_PREFIX-$LAB_SCENARIO-blue"
docker rm --force "$blue"
docker run --detach --init --cap-add NET_ADMIN --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    --label lab.machine=blue --name "$blue" "$LAB_IMAGE_BLUE" sleep infinity
docker exec "$blue" ip address add 192.0.2.7/32 dev lo
