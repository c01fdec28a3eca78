. "$LAB_FOLDER/net.sh"

docker network create $labels "$name-step" >/dev/null
serve "$name-step" 0.0.0.0:8080 --network "$name-step" --hostname stranger
there=$(address "$name-step" "$name-step")
cards() { inside front ip -o -4 address </dev/null | awk '$2 != "lo" {printf "%s%s %s", sep, $2, $4; sep = ", "}'; }
# What front is answered: by the address, and by the name.
both() {
    set -- "$(ask front "$there:8080")" "$(ask front "$name-step:8080")"
    echo "  front has             $(cards)"
    echo "  it asks the address   $1"
    echo "  it asks the name      $2"
    seen="$seen$(printf '%s' "$1" | cut -c 1-6) $(printf '%s' "$2" | cut -c 1-6); "
}
seen=''
echo "a stranger serves in another network, at $there"
echo "  the host asks it      $(ask host "$there:8080")"
both
echo "front is connected to that network as well"
docker network connect "$name-step" "$name-front"
both
echo "and disconnected"
docker network disconnect "$name-step" "$name-front"
both
[ "$seen" = "nobody nobody; strang strang; nobody nobody; " ]
