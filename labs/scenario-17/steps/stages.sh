. "$LAB_FOLDER/files/build.sh"

cat >"$work/hello.c" <<'END'
#include <stdio.h>
#include <sys/utsname.h>

int main(void) {
    struct utsname host;
    uname(&host);
    printf("hello from kernel %s\n", host.release);
}
END
cat >"$work/one.Dockerfile" <<END
FROM $name-base
COPY hello.c /
RUN gcc -Os -static -s -o /hello /hello.c
CMD ["/hello"]
END
cat >"$work/two.Dockerfile" <<END
FROM $name-base AS build
COPY hello.c /
RUN gcc -Os -static -s -o /hello /hello.c

FROM scratch
COPY --from=build /hello /
CMD ["/hello"]
END
echo "hello.c is $(wc -c <"$work/hello.c") bytes."
for each in one two; do
    printf '\n'
    cat "$work/$each.Dockerfile"
    # An empty stage inherits nothing, so its labels are told here.
    build --tag "$name-$each" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
        --file "$work/$each.Dockerfile" "$work" || exit
    echo "  size:    $(size "$name-$each" | awk '{ printf "%.2f MB", $1 / 1e6 }')"
    echo "  layers:  $(layers "$name-$each")"
    echo "  says:    $(run "$name-$each")"
    run "$name-$each" sh -c true >/dev/null 2>&1
    status=$?
    echo "  a shell: $([ $status = 0 ] && echo yes || echo "no (status $status)")"
done
printf '\nthe scratch folder, for the tasks: %s\n' "$LAB_SCRATCH"
[ $status = 127 ] && [ "$(size "$name-two")" -lt 5000000 ]
