try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

login() { [ "$(cat password.txt)" = secret ] && echo "welcome" || echo "wrong password"; }

try cat password.txt
try login
echo "-- the cause, in bytes"
try od -A n -c password.txt
echo "-- the cure"
try dos2unix -q password.txt
try login
