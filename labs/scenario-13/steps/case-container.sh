try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cd "$dir" || exit

echo "-- $(stat -f -c %T .)"
try mkdir src
try mkdir SRC
echo "first" >README
echo "second" >Readme
try ls
try cat README
echo "-- the cure: find such names before Windows does"
echo '$ ls | sort -f | uniq -D -i'
ls | sort -f | uniq -D -i
try mv Readme Readme.second
try mv SRC src2
ls | sort -f | uniq -D -i
