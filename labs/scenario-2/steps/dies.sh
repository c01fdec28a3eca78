name="$LAB_PREFIX-$LAB_SCENARIO-mayfly"
trap 'docker rm --force "$name" >/dev/null 2>&1' EXIT
start() {
    docker run --detach --init --name "$name" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
        --label lab.machine=mayfly "$LAB_IMAGE_WRITER" sleep 600 >/dev/null
}
find_it() { docker exec "$name" ls /root/mine 2>&1; }
start
docker exec "$name" touch /root/mine
echo "written:    $(find_it)"
docker restart --time 0 "$name" >/dev/null
echo "restarted:  $(find_it)"
docker rm --force "$name" >/dev/null
start
echo "made anew:  $(find_it)"
! docker exec "$name" test -e /root/mine
