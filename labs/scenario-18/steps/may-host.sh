. "$LAB_FOLDER/net.sh"

start "$name-step" --network "$name" --cap-add NET_ADMIN "$LAB_IMAGE_BACK" sleep 600
echo "a container with --cap-add NET_ADMIN"
said=$(docker exec --interactive "$name-step" sh <"$LAB_FOLDER/steps/may.sh")
status=$?
echo "$said" | sed 's/^/  /'
docker exec "$name-step" ip link add lesson0 type bridge
echo "its bridge lesson0"
printf '  %-14s %s\n' "in itself" "$(docker exec "$name-step" ls /sys/class/net | grep lesson0 || echo no)" \
    "on the host" "$(ls /sys/class/net | grep lesson0 || echo no)"
[ $status = 0 ] && [ ! -e /sys/class/net/lesson0 ]
