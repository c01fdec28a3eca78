# Run a container of the lab's image for a while; the words before -- are options of docker run.
name="$LAB_PREFIX-$LAB_SCENARIO-once"
run() {
    docker run --detach --name "$name" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$@" >/dev/null
}
gone() { docker rm --force "$name" >/dev/null 2>&1; }
trap gone EXIT

# Five programs are started, and those who started them end at once: process 1 takes in the orphans.
orphans() {
    docker exec "$name" sh -c 'for each in 1 2 3 4 5; do sh -c "sleep 0.2 &"; done'
    until ! docker exec "$name" pgrep -f '^sleep 0.2' >/dev/null; do :; done
    docker exec "$name" sh -c "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l"
}
run "$LAB_IMAGE_TIDY" sleep 600
bare=$(orphans)
gone
run --init "$LAB_IMAGE_TIDY" sleep 600
tidy=$(orphans)
echo "five orphans have ended; what is left of them"
echo "  where sleep is process 1      $bare zombies"
echo "  where an init is process 1    $tidy zombies"
[ "$bare" = 5 ] && [ "$tidy" = 0 ]
