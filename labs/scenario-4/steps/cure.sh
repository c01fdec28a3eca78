try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
count() { grep -r -l "$2" "/srv/$1" | wc -l; }
cr=$(printf '\r')
bom=$(printf '\357\273\277')

for project in from-windows cured; do
    echo "-- $project"
    echo "files with a carriage return: $(count $project "$cr\$")"
    echo "files with a byte order mark: $(count $project "^$bom")"
done
echo "-- how it stays so"
cd /srv/cured || exit
try grep -v '^#' .gitattributes
try grep . .editorconfig
try ./deploy.sh
