try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try cat current/version.txt
echo "-- the cause, in bytes"
try stat -c '%F, %s bytes' current
try od -A n -c -w10 current
echo "-- the cure"
try ln -sf "$(cat current)" current
try cat current/version.txt
