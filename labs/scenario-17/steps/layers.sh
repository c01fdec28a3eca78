. "$LAB_FOLDER/files/build.sh"

echo open >"$work/shop.txt"
cat >"$work/Dockerfile" <<END
FROM $name-base
ENV GREETING=hello
COPY shop.txt /srv/app/
RUN head -c 4000000 /dev/urandom >/srv/app/big
RUN chmod 600 /srv/app/big
RUN rm /srv/app/big
CMD ["cat", "/srv/app/shop.txt"]
END
build --tag "$name-layers" "$work"

echo "The Dockerfile's lines, as the image remembers them, and the bytes that each added:"
docker history --no-trunc --human=false --format '{{.Size}} {{.CreatedBy}}' "$name-layers" | head -n 6 | tac |
    sed -e 's|/bin/sh -c #(nop) *||' -e 's|/bin/sh -c |RUN |' -e 's/ COPY .* in / COPY shop.txt /' |
    while read -r bytes line; do printf '  %9s  %s\n' "$bytes" "$line"; done
grown=$(($(size "$name-layers") - $(size "$name-base")))
more=$(($(layers "$name-layers") - $(layers "$name-base")))
echo "layers more than the base: $more"
echo "bytes more than the base:  $grown"
echo "what a container finds:    $(run "$name-layers" ls /srv/app)"
[ "$more" = 4 ] && [ "$grown" -gt 8000000 ]
