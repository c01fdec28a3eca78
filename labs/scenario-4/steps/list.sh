try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

echo '$ xargs wc -l <files.txt'
xargs wc -l <files.txt 2>&1
echo "-- the cause, in bytes"
try od -A n -c -w11 -N 11 files.txt
echo "-- the cure"
try dos2unix -q files.txt
echo '$ xargs wc -l <files.txt'
xargs wc -l <files.txt
