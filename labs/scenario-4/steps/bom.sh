try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

try bash -c ./greet.py
echo "-- what the kernel says to the shell"
python3 - <<'END'
import errno, os
try:
    os.execv("./greet.py", ["./greet.py"])
except OSError as error:
    print(f"execve: {errno.errorcode[error.errno]}, {error.strerror}")
END
echo "-- the cause, in bytes"
try file -b greet.py
try od -A n -c -w10 -N 10 greet.py
echo "-- the cure"
try dos2unix -q greet.py
try ./greet.py
