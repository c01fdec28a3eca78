try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try bash loop.sh
try sh loop.sh
echo "-- the cause, in bytes"
try od -A n -c -w9 -j 17 -N 9 loop.sh
echo "-- the cure"
try dos2unix -q loop.sh
try bash loop.sh
