export LC_ALL=C.UTF-8
try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cd "$dir" || exit

# A name as a Mac writes it: e, then an accent to put over it.
echo "espresso" >"$(printf 'cafe\314\201')"
try ls
try cat café
echo "-- the cause, in bytes"
ls | od -A n -c -w8
echo café | od -A n -c -w8
echo "-- the cure: bring all names into one form, NFC"
python3 - <<'END'
import os, unicodedata
for name in os.listdir():
    os.rename(name, unicodedata.normalize("NFC", name))
END
try cat café
