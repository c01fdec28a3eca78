# Look at the four ports all the time while the version changes.
watching=$(mktemp)
while [ -e "$watching" ]; do
    for port in 8001 8002 8003 8004; do printf '%-10s ' "$(curl -s --max-time 2 http://localhost:$port || echo -)"; done
    echo
done >"$watching.log" &
echo "docker service update --env-add VERSION=2 --update-order start-first shop"
docker service update --quiet --no-resolve-image --update-parallelism 1 --update-order start-first \
    --env-add VERSION=2 shop >/dev/null
rm "$watching"
wait
printf '%-10s ' "port 8001" 8002 8003 8004
echo
uniq "$watching.log"
rm "$watching.log"
