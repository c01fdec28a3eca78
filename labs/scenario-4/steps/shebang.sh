try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try ./deploy.sh
echo "-- the cause, in bytes"
try file -b deploy.sh
try od -A n -c -w10 -N 20 deploy.sh
echo "-- the cure"
try dos2unix -q deploy.sh
try ./deploy.sh
