try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cp -r /srv/from-windows/. "$dir" && cd "$dir" || exit

. ./app.env
echo '$ test "$NAME" = shop'
test "$NAME" = shop || echo "not equal"
echo '$ curl "http://localhost:$PORT/"'
curl -sS "http://localhost:$PORT/" 2>&1
echo "-- the cause, in bytes"
try od -A n -c -w9 app.env
echo "-- the cure"
try dos2unix -q app.env
. ./app.env
echo '$ test "$NAME" = shop'
test "$NAME" = shop && echo "equal"
