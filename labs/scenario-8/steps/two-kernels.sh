write() { if [ "$LAB_MACHINE" = host ]; then docker exec "$LAB_PREFIX-$LAB_SCENARIO-box" make-image "$@"; else make-image "$@"; fi; }

labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
image="$LAB_PREFIX-$LAB_SCENARIO-same"
trap 'docker rmi -f "$image" >/dev/null' EXIT
write "$image" linux amd64 /srv/cpu/busybox.amd64 | docker load -q >/dev/null
echo "engine $(docker version --format '{{.Server.Version}}')"
echo "image  $(docker image inspect --format '{{.Id}}' "$image" | cut -c 8-27)"
echo "layer  $(docker image inspect --format '{{index .RootFS.Layers 0}}' "$image" | cut -c 8-27)"
docker run --rm --network none $labels "$image" sh -c \
    'echo "kernel $(uname -r)"; echo "start  $(cat /proc/sys/kernel/random/boot_id)"'
