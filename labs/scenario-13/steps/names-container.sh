try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cd "$dir" || exit

try touch a:b 'what?' 'x*' 'dir\file' notes.
try ls -m
echo "-- the cure: find them before Windows does"
echo "\$ find -name '*[<>:\"|?*\\\\]*' -o -name '*[. ]'"
find . -mindepth 1 \( -name '*[<>:"|?*\\]*' -o -name '*[. ]' \)
for name in a:b 'what?' 'x*' 'dir\file' notes.; do
    mv "$name" "$(printf '%s' "$name" | tr '<>:"|?*\\' - | sed 's/[. ]*$//')"
done
try ls -m
