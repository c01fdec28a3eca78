# The host lets the container write the image; the VM writes it itself.
write() { if [ "$LAB_MACHINE" = host ]; then docker exec "$LAB_PREFIX-$LAB_SCENARIO-box" make-image "$@"; else make-image "$@"; fi; }

labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
image="$LAB_PREFIX-$LAB_SCENARIO-windows"
trap 'docker rmi -f "$image" >/dev/null 2>&1' EXIT
echo "engine $(docker version --format '{{.Server.Version}}, {{.Server.Os}}/{{.Server.Arch}}')"
# Which of the two an engine refuses, and in which words, depends on its version.
echo "docker load"
if write "$image" windows amd64 /srv/cpu/busybox.amd64 | docker load 2>&1; then
    echo "docker run"
    docker run --rm --network none $labels "$image" 2>&1 && exit 1
fi
exit 0
