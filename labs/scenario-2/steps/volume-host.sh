volume="$LAB_PREFIX-$LAB_SCENARIO-data"
docker volume inspect --format 'kept in {{.Mountpoint}}' "$volume"
echo "used by $(docker ps --quiet --filter "volume=$volume" | wc -l) containers"
run() { docker run --rm --volume "$volume:/data" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$LAB_IMAGE_WRITER" "$@"; }
run sh -c 'echo "from $(uname -n)" >/data/last-words'
echo "a third one wrote, and was removed. A fourth one, $(run uname -n), finds:"
run cat /data/last-words
