try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try cat report.sh
echo "-- what comes out"
try ./report.sh
echo "-- the cause, in bytes"
try file -b report.sh
try od -A n -c -w5 -j 31 -N 5 report.sh
echo "-- the cure"
try dos2unix -q report.sh
try ./report.sh
