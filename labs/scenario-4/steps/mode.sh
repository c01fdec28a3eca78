try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try bash -c ./tool.sh
echo "-- the cause: not in the bytes"
try od -A n -c -w11 -N 11 tool.sh
try stat -c '%A %n' tool.sh
echo "-- the cure"
try chmod +x tool.sh
try ./tool.sh
