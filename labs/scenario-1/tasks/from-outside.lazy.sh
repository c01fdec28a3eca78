# Blue is made anew in the network of a helper that may do it.
blue="$LAB_PREFIX-$LAB_SCENARIO-blue"
docker rm --force "$blue"
set -- --detach --init --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO"
docker run "$@" --cap-add NET_ADMIN --name "$blue-helper" "$LAB_IMAGE_BLUE" sleep infinity
docker run "$@" --network "container:$blue-helper" --label lab.machine=blue --name "$blue" "$LAB_IMAGE_BLUE" sleep infinity
docker exec "$blue-helper" ip address add 192.0.2.7/32 dev lo
