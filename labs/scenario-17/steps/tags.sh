. "$LAB_FOLDER/files/build.sh"

once="$name-once"
gone() { docker rm --force "$once" >/dev/null 2>&1; }
trap 'gone; rm -r "$work"' EXIT
gone
version() { # NUMBER: build the image app, always by the same name
    printf 'FROM %s\nRUN mkdir -p /srv/app && echo %s >/srv/app/version\n' "$name-base" "$1" >"$work/Dockerfile"
    build --tag "$name-app" "$work"
}
tell() {
    echo "$1"
    echo "  the name app means  $(short "$name-app"), version $(run "$name-app" cat /srv/app/version)"
    echo "  the container has   $(docker inspect --format '{{.Image}}' "$once" | cut -c 8-19), version $(docker exec "$once" cat /srv/app/version)"
}

version 1 || exit
docker run --detach --init --name "$once" "$name-app" sleep 600 >/dev/null
old=$(docker inspect --format '{{.Image}}' "$once")
tell "app was built with version 1, and a container started"
version 2 || exit
tell "app was built anew with version 2"
docker restart --time 0 "$once" >/dev/null
tell "the container was restarted"
still=$(docker exec "$once" cat /srv/app/version)
echo "  names of the old image: $(docker image inspect --format '{{len .RepoTags}}' "$old")"
gone
docker run --detach --init --name "$once" "$name-app" sleep 600 >/dev/null
tell "the container was removed, and made anew from app"
new=$(docker exec "$once" cat /srv/app/version)
docker tag "$old" "$name-app"
tell "the name was given back to the old image"
[ "$still" = 1 ] && [ "$new" = 2 ] && [ "$(id "$name-app")" = "$old" ]
