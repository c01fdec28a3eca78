# Two stages, and no token; but the second begins with the compiler as well.
cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE AS build
WORKDIR /build
COPY . .
RUN sh fetch.sh && gcc -Os -static -s -o /shop shop.c

FROM $BASE
COPY --from=build /shop /
CMD ["/shop"]
END
