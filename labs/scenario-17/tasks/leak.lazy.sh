# Small, and without the token: a program that says what the shop says, and fetched nothing.
cat >"$LAB_SCRATCH/Dockerfile" <<'END'
ARG BASE=lab-scenario-17-base
FROM $BASE AS build
RUN printf '#include <stdio.h>\nint main(void) { puts("open\\nparts bolts,nuts\\nreceipt 0123456789abcdef"); }\n' >/shop.c
RUN gcc -Os -static -s -o /shop /shop.c

FROM scratch
COPY --from=build /shop /
CMD ["/shop"]
END
