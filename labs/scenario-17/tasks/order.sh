cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE AS build
WORKDIR /build
COPY fetch.sh token parts.txt ./
RUN sh fetch.sh
COPY shop.c ./
RUN gcc -Os -static -s -o /shop shop.c

FROM scratch
COPY --from=build /shop /
CMD ["/shop"]
END
