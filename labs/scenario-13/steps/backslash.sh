try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cd "$dir" || exit

# What a program does that builds its paths in the way of Windows.
mkdir logs
echo "started" >'logs\app.txt'
try cat logs/app.txt
echo "-- the cause, in bytes"
try ls -m
ls | od -A n -c -w10
echo "-- the cure: / works on Windows, too"
echo "started" >logs/app.txt
try cat logs/app.txt
