try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && cd "$dir" && mkdir disk || exit
trap 'cd "$dir"; umount disk; rm -r "$dir"' EXIT
truncate -s 2M disk.img && mkfs.ext4 -q -O casefold,^has_journal disk.img && mount -o loop disk.img disk || exit
export LC_ALL=C.UTF-8

cd disk && mkdir any && chattr +F any && cd any || exit
try mkdir src
try mkdir SRC
echo "-- the same letter, in other bytes"
echo "espresso" >"$(printf 'cafe\314\201')"
try cat café
ls caf* | od -A n -c -w8
