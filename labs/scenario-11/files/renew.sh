#!/bin/sh
# Replace containers by new ones made from another image, as Compose and orchestrators do in an update.
# Usage: renew.sh IMAGE CONTAINER...
set -e
image=$1
shift
for name in "$@"; do
    set -- $(docker inspect --format '{{.Config.Hostname}} {{.HostConfig.NetworkMode}}' "$name")
    hostname=$1 network=$2
    set -- $(docker inspect --format '{{index .Config.Labels "lab.name"}} {{index .Config.Labels "lab.scenario"}}' "$name")
    docker rm --force "$name" >/dev/null
    docker run --detach --init --name "$name" --hostname "$hostname" --network "$network" --label "lab.name=$1" \
        --label "lab.scenario=$2" --label "lab.machine=$hostname" "$image" sleep infinity >/dev/null
    echo "$name runs from $image"
done
