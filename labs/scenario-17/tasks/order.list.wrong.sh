# The parts are fetched once and for all: the list is in the Dockerfile, and parts.txt is never read.
cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE
WORKDIR /build
COPY fetch.sh token ./
RUN printf 'bolts\nnuts\n' >parts.txt && sh fetch.sh
COPY shop.c ./
RUN gcc -Os -static -s -o /shop shop.c
CMD ["/shop"]
END
