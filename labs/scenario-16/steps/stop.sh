# Run a container of the lab's image for a while; the words before -- are options of docker run.
name="$LAB_PREFIX-$LAB_SCENARIO-once"
run() {
    docker run --detach --name "$name" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$@" >/dev/null
}
gone() { docker rm --force "$name" >/dev/null 2>&1; }
trap gone EXIT

stopped() { # WHAT OPTION... : how long `docker stop` takes that waits for at most 4 seconds, and how the container ended
    what=$1 && shift
    run "$@"
    began=$(date +%s%N)
    docker stop --time 4 "$name" >/dev/null
    took=$((($(date +%s%N) - began) / 1000000))
    status=$(docker inspect --format '{{.State.ExitCode}}' "$name")
    printf '%-44s %5s ms, status %s\n' "$what" "$took" "$status"
    gone
}

stopped "sleep is process 1" "$LAB_IMAGE_TIDY" sleep 600
first=$status
stopped "an init is process 1, and sleep its child" --init "$LAB_IMAGE_TIDY" sleep 600
[ "$first" = 137 ] && [ "$status" = 143 ]
