# Everything in one instruction; but the token came with the one before.
cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE
WORKDIR /build
COPY . .
RUN sh fetch.sh && gcc -Os -static -s -o /shop shop.c && rm token
CMD ["/shop"]
END
