name="$LAB_PREFIX-$LAB_SCENARIO-layers"
trap 'docker rm --force "$name" >/dev/null 2>&1' EXIT
docker run --detach --init --name "$name" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    --label lab.machine=layers "$LAB_IMAGE_WRITER" sleep 600 >/dev/null
inside() { docker exec "$name" "$@"; }
file=$(inside sh -c "find /usr/bin /usr/lib -xdev -type f -size +1900k -size -6000k | sort | head -n 1")
before=$(inside stat -c %s "$file")
echo "the file:       $file, $before bytes"
inside sh -c "echo >>'$file'; rm /usr/bin/lsns"
own=$(docker inspect --size --format '{{.SizeRw}}' "$name")
echo "in the writable layer:   $own bytes"
echo "it consists of:"
docker diff "$name" | grep -E "$file|lsns" | sed 's/^/    /'
docker history --format '    layer below: {{.Size}}' "$(docker inspect --format '{{.Image}}' "$name")"
[ "$own" -ge "$before" ]
