# Run a container of the lab's image for a while; the words before -- are options of docker run.
name="$LAB_PREFIX-$LAB_SCENARIO-once"
run() {
    docker run --detach --name "$name" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$@" >/dev/null
}
gone() { docker rm --force "$name" >/dev/null 2>&1; }
trap gone EXIT

# A service as it should be: it hears SIGTERM, says so, and ends with 0.
serve='import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("the service heard it, and cleans up")))
print("serving", flush=True)
while True:
    time.sleep(1)'
say() { docker logs "$name" 2>&1 | tail -n 1 | sed 's/^/    last words: /'; }
heard() { # WHAT OPTION... : as above, once the service serves
    what=$1 && shift
    run "$@"
    until docker logs "$name" 2>&1 | grep -q serving; do :; done
    docker stop --time 4 "$name" >/dev/null
    status=$(docker inspect --format '{{.State.ExitCode}}' "$name")
    printf '%-44s status %s\n' "$what" "$status"
    say
    gone
}
heard "the service is process 1" "$LAB_IMAGE_TIDY" python3 -c "$serve"
first=$status
heard "a shell is process 1, and the service its child" --env "serve=$serve" "$LAB_IMAGE_TIDY" sh -c 'python3 -c "$serve"; echo over'
second=$status
heard "the shell gives its place to the service" --env "serve=$serve" "$LAB_IMAGE_TIDY" sh -c 'exec python3 -c "$serve"'
[ "$first" = 0 ] && [ "$second" = 137 ] && [ "$status" = 0 ]
