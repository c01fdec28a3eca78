. "$LAB_FOLDER/net.sh"

stack() { docker exec "$1" readlink /proc/self/ns/net; }
own=$(readlink /proc/self/ns/net)

echo "--network none"
start "$name-step" --network none "$LAB_IMAGE_BACK" sleep 600
up=$(docker exec "$name-step" ip -o link show up | awk -F ': ' '{print $2}' | xargs)
none=$(stack "$name-step")
printf '  %-32s %s\n' "its stack" "$none (the host's: $own)" "its interfaces" "$up" \
    "its routes" "$(docker exec "$name-step" ip route | wc -l)"
docker rm --force "$name-step" >/dev/null

echo "--network host, twice"
port=$(python3 -c 'import socket; server = socket.create_server(("127.0.0.1", 0)); print(server.getsockname()[1])')
# An engine that translates users refuses the host's network to those.
serve "$name-step" "127.0.0.1:$port" --network host --userns host
serve "$name-step2" "127.0.0.1:$port" --network host --userns host
first=$(docker logs "$name-step" 2>&1) second=$(docker logs "$name-step2" 2>&1)
host=$(stack "$name-step")
answer=$(ask host "127.0.0.1:$port")
printf '  %-32s %s\n' "their stack" "$host" "the first takes 127.0.0.1:$port" "$first" "the second" "$second" \
    "the host asks 127.0.0.1:$port" "$answer"
docker rm --force "$name-step" "$name-step2" >/dev/null

echo "--network container:$name-back"
start "$name-step" --network "container:$name-back" "$LAB_IMAGE_BACK" sleep 600
beside=$(stack "$name-step")
localhost=$(ask step 127.0.0.1:7000)
front=$(ask front "$name-back:7000")
taken=$(docker exec "$name-step" timeout 5 python3 /lesson/serve.py 127.0.0.1:7000 2>&1)
printf '  %-32s %s\n' "its stack" "$beside (back's: $(stack "$name-back"))" "it asks 127.0.0.1:7000" "$localhost" \
    "it takes 127.0.0.1:7000" "$taken" "front asks back's port 7000" "$front" \
    "back's program is listed there" "$(docker exec "$name-step" pgrep -f serve.py >/dev/null && echo yes || echo no)"
case "$first/$second/$front" in open/refused*/nobody*) ;; *) exit 1 ;; esac
[ "$host" = "$own" ] && [ "$none" != "$own" ] && [ "$up" = lo ] &&
    [ "$beside" = "$(stack "$name-back")" ] && [ "$localhost" != "${localhost#back}" ]
