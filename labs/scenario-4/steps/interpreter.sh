try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try ls start.sh
try bash -c ./start.sh
try sh -c ./start.sh
echo "-- what the kernel says to both shells"
python3 - <<'END'
import errno, os
try:
    os.execv("./start.sh", ["./start.sh"])
except OSError as error:
    print(f"execve: {errno.errorcode[error.errno]}, {error.strerror}")
END
echo "-- the cause, in bytes"
try od -A n -c -w11 -N 11 start.sh
echo "-- the cure"
try dos2unix -q start.sh
try ./start.sh
