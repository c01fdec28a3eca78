. "$LAB_FOLDER/files/build.sh"

TOKEN="token-$(random)"
echo "$TOKEN" >"$work/token"
# `docker save` gives a file of files, most of them layers, which are archives again; what they are called depends on the
# engine's version, and some versions compress them (gzip passes on what is not compressed).
each() { docker save "$1" | tar -x --to-command="gzip -d -c -f | { $2; cat >/dev/null; }"; }
# Do the bytes of an image, all layers and what it tells of itself, hold the token?
found() {
    if each "$1" cat | LC_ALL=C grep -c -a -F "$TOKEN" >/dev/null; then echo found; else echo "not found"; fi
}

build --tag "$name-deleted" --file - "$work" <<END
FROM $name-base
COPY token /srv/app/token
RUN sha256sum /srv/app/token >/srv/app/used
RUN rm /srv/app/token
END
echo "copied, used, deleted by the next line"
echo "  in a container:     /srv/app holds $(run "$name-deleted" ls /srv/app)"
deleted=$(found "$name-deleted")
echo "  in the image:       $deleted"
echo "  and dug out of it:  $(each "$name-deleted" 'tar -x -O srv/app/token 2>/dev/null' | head -n 1)"

build --tag "$name-argument" --build-arg "TOKEN=$TOKEN" --file - "$work" <<END
FROM $name-base
ARG TOKEN
RUN mkdir -p /srv/app && echo "\$TOKEN" | sha256sum >/srv/app/used
END
argument=$(found "$name-argument")
echo "given as an argument of the build, in no file at all"
echo "  in the image:       $argument"
echo "  docker history:     $(docker history --no-trunc --format '{{.CreatedBy}}' "$name-argument" | grep -o 'TOKEN=token-[0-9a-f]*' | head -n 1)"

build --tag "$name-stage" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" --file - "$work" <<END
FROM $name-base AS build
COPY token /srv/app/token
RUN sha256sum /srv/app/token >/srv/app/used
FROM $name-base
COPY --from=build /srv/app/used /srv/app/used
END
stage=$(found "$name-stage")
echo "used in a stage of its own, whose result alone is copied"
echo "  in the image:       $stage"
[ "$deleted" = found ] && [ "$argument" = found ] && [ "$stage" = "not found" ]
