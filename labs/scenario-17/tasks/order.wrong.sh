# A stage for the parts, into which everything is copied: whatever changes, it runs again.
cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE AS parts
WORKDIR /build
COPY . .
RUN sh fetch.sh

FROM $BASE
WORKDIR /build
COPY --from=parts /build/parts.h ./
COPY shop.c ./
RUN gcc -Os -static -s -o /shop shop.c
CMD ["/shop"]
END
