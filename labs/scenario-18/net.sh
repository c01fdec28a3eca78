# What the steps on the host share. To be sourced. What a step makes carries the lab's labels, and goes when the step ends.
name="$LAB_PREFIX-$LAB_SCENARIO"
labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
vm="$name-vm"
gone() {
    docker rm --force "$name-step" "$name-step2" >/dev/null 2>&1
    docker network inspect --format '{{range .Containers}}{{.Name}} {{end}}' "$name-step" 2>/dev/null | xargs -r -n 1 \
        docker network disconnect --force "$name-step" 2>/dev/null
    docker network rm "$name-step" >/dev/null 2>&1
}
gone
trap gone EXIT

# Run a container for a while: its options, then the image and the program.
start() { # NAME OPTION...
    made=$1 && shift
    docker run --detach --init $labels --volume "$LAB_FOLDER/files:/lesson:ro" --name "$made" "$@" >/dev/null
}
serve() { # NAME WHERE OPTION... : a container that serves at these places, once it is open
    server=$1 places=$2 && shift 2
    start "$server" "$@" "$LAB_IMAGE_BACK" python3 /lesson/serve.py $places
    until docker logs "$server" 2>&1 | grep -q -e open -e refused; do :; done
}
inside() { # MACHINE PROGRAM...
    entered=$1 && shift
    case $entered in
    vm) ssh -F "$LAB_SSH_CONFIG" "$vm" "$@" ;;
    *) docker exec --interactive "$name-$entered" "$@" ;;
    esac
}
ask() { # MACHINE ADDRESS:PORT... : what it is answered, a line for each
    asker=$1 && shift
    # Where the engine knows no name it asks the host's name server, which may be away.
    case $asker in
    host) python3 "$LAB_FOLDER/files/ask.py" "$@" ;;
    *) inside "$asker" env RES_OPTIONS=timeout:1 python3 - "$@" <"$LAB_FOLDER/files/ask.py" ;;
    esac
}
address() { # CONTAINER NETWORK
    docker inspect --format "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"
}
