# Bring the VM's engine to the host: its socket, through SSH.
folder=$(mktemp -d)
tunnel="-F $LAB_SSH_CONFIG -S $folder/control"
vm="$LAB_PREFIX-$LAB_SCENARIO-vm"
trap 'ssh $tunnel -O exit $vm 2>/dev/null; rm -r "$folder"' EXIT
ssh $tunnel -M -f -N -L "$folder/docker.sock:/var/run/docker.sock" $vm

for engine in "host's own" "in the VM"; do
    [ "$engine" = "in the VM" ] && export DOCKER_HOST="unix://$folder/docker.sock"
    echo "docker info   (engine: $engine)"
    docker info --format '  {{.OperatingSystem}}, kernel {{.KernelVersion}}, {{.Name}}'
done
echo "docker run    (engine: in the VM)"
docker run --rm --network none localhost/busybox sh -c 'echo "  kernel $(uname -r)"'
