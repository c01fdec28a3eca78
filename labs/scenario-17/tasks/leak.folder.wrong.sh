# Two stages; and the whole folder is copied from one to the other, with the token in it.
cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE AS build
WORKDIR /build
COPY . .
RUN sh fetch.sh && gcc -Os -static -s -o shop shop.c

FROM scratch
COPY --from=build /build /
CMD ["/shop"]
END
