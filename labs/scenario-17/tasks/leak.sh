cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE AS build
WORKDIR /build
COPY . .
RUN sh fetch.sh
RUN gcc -Os -static -s -o /shop shop.c

FROM scratch
COPY --from=build /shop /
CMD ["/shop"]
END
