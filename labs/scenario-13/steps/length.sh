#!/bin/bash
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT
cd "$dir" || exit
repeat() { printf "%0$2d" 0 | sed "s/0/$1/g"; }
end() { sed "s/^.*:/  $1:/"; } # the message without the long name

echo "-- a name: 255 letters fit, 256 do not"
touch "$(repeat x 255)" && echo "  touch: done"
touch "$(repeat x 256)" 2>&1 | end touch
echo "-- 85 Korean letters fit, 86 do not"
touch "$(repeat 한 85)" && echo "  touch: done"
touch "$(repeat 한 86)" 2>&1 | end touch
echo "-- the cause, in bytes: 3 for each, and 9 for one that is spelled out (NFD)"
printf '한' | od -A n -c
printf '\341\204\222\341\205\241\341\206\253' | od -A n -c
echo "-- a path of more than 4096 bytes"
name=$(repeat d 250)
eight=$name/$name/$name/$name/$name/$name/$name/$name
for deeper in "$eight" "$eight" "$name"; do
    mkdir -p "$deeper" && cd "$deeper" || exit
done
echo "found" >file
cat "$PWD/file" 2>&1 | end cat
echo "-- the cure: shorter names, a relative path"
cat file
cd "$dir" || exit
