try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && cd "$dir" && mkdir fat || exit
trap 'cd "$dir"; umount fat; rm -r "$dir"' EXIT
truncate -s 4M fat.img && mkfs.vfat fat.img >/dev/null && mount -o loop fat.img fat && cd fat || exit

for name in a:b 'what?' 'x*' 'dir\file'; do
    try touch "$name"
done
echo "-- worse: no error, and another name"
try touch notes.
try ls -m
