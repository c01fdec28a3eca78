try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try bash build.sh
try ls -d out
echo "-- the cause, in bytes"
echo '$ ls -d -b out*'
ls -d -b out*
try od -A n -c -w11 build.sh
rmdir out*
echo "-- the cure"
try dos2unix -q build.sh
try bash build.sh
try ls -d out
