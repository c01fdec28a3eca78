. "$LAB_FOLDER/files/build.sh"

# A project: a list of parts, a slow program that installs them and notes a number that nobody drew before, and the shop.
echo bolts >"$work/parts.txt"
echo open >"$work/shop.txt"
cat >"$work/install.sh" <<END
# Project $(random)
sleep 2
cat /proc/sys/kernel/random/uuid >/srv/installed
END
cat >"$work/all.Dockerfile" <<END
FROM $name-base
COPY . /srv/app/
RUN sh /srv/app/install.sh
END
cat >"$work/list.Dockerfile" <<END
FROM $name-base
COPY install.sh parts.txt /srv/app/
RUN sh /srv/app/install.sh
COPY . /srv/app/
END
(cd "$work" && head -n 9 all.Dockerfile list.Dockerfile)

# Build by one of them; say how long it took, and whether the number in the image is a new one.
again() { # NAME NUMBER-BEFORE
    began=$(date +%s%N)
    build --tag "$name-$1" --file "$work/$1.Dockerfile" "$work" || exit 1
    took=$((($(date +%s%N) - began) / 1000000))
    number=$(run "$name-$1" cat /srv/installed)
    if [ "$number" = "$2" ]; then what="from the cache"; else what=installed; fi
    printf '  %-16s %6s ms  %s\n' "$1.Dockerfile" "$took" "$what"
}
both() { # WHAT-CHANGED
    printf '\n%s\n' "$1"
    again all "$all" && all=$number && of_all=$what
    again list "$list" && list=$number && of_list=$what
    seen="$seen$of_all, $of_list; "
}
all='' list='' seen=''
both "built for the first time"
touch "$work/shop.txt" "$work/parts.txt"
both "every file got a new date"
echo closed >"$work/shop.txt"
both "the shop changed"
echo nuts >>"$work/parts.txt"
both "the list of parts changed"
kept="from the cache"
[ "$seen" = "installed, installed; $kept, $kept; installed, $kept; installed, installed; " ]
