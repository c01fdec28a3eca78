try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && cd "$dir" && mkdir fat || exit
trap 'cd "$dir"; umount fat; rm -r "$dir"' EXIT
truncate -s 4M fat.img && mkfs.vfat fat.img >/dev/null && mount -o loop fat.img fat && cd fat || exit

try mkdir src
try mkdir SRC
echo "first" >README
echo "second" >Readme
try ls -m
try cat README
echo "-- the cause, in bytes: capitals on the disk"
sync
grep -a -o 'SRC *' ../fat.img | od -A n -c -w12
