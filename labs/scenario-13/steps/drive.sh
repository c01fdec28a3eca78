name="$LAB_PREFIX-$LAB_SCENARIO-drive"
gone() { docker rm -f -v "$name" >/dev/null 2>&1; docker volume rm "$name" >/dev/null 2>&1; }
trap gone EXIT

# Make a container that mounts something, and show what became of it.
mounting() {
    gone
    printf '$ docker create %s\n' "$*"
    docker create --name "$name" "$@" "$LAB_IMAGE_BOX" true 2>&1 >/dev/null | sed 's/^Error response from daemon: //'
    docker inspect -f '{{range .Mounts}}{{.Type}} on {{.Destination}}{{end}}' "$name" 2>/dev/null | grep .
}

mounting -v 'C:\project:/data'
mounting -v 'project\data:/data'
mounting --mount 'type=bind,source=C:\project,target=/data'
echo "-- worst: no error, and an empty volume"
mounting -v 'C:\project'
echo "-- the cure: a path of Unix, or a named volume"
mounting -v /usr:/data:ro
mounting -v "$name:/data"
