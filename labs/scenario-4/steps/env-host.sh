dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cd "$dir" || exit
docker exec "$LAB_PREFIX-$LAB_SCENARIO-box" cat /srv/from-windows/app.env >app.env || exit
port=$(sed -n 's/^PORT=//p' app.env)
bytes() { docker run --rm "$@" "$LAB_IMAGE_BOX" sh -c 'printf %s "$PORT" | od -A n -c'; }

echo '$ docker run --env-file app.env ...'
bytes --env-file app.env
echo '$ docker run --env "PORT=$port" ...'
bytes --env "PORT=$port"
echo "-- the cause, in bytes"
od -A n -c -w9 -N 11 app.env
echo "-- the cure"
echo '$ port=$(printf %s "$port" | tr -d "\\r")'
bytes --env "PORT=$(printf %s "$port" | tr -d '\r')"
