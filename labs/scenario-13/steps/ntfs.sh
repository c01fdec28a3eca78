try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && cd "$dir" && mkdir ntfs || exit
trap 'cd "$dir"; umount ntfs; rm -r "$dir"' EXIT
truncate -s 8M ntfs.img && mkfs.ntfs -F -q ntfs.img >/dev/null 2>&1 || exit

echo "-- NTFS with the rules of Windows"
ntfs-3g -o windows_names ntfs.img ntfs || exit
for name in a:b con aux.txt notes.; do
    try touch "ntfs/$name"
done
umount ntfs
echo "-- NTFS itself has no such rules"
ntfs-3g ntfs.img ntfs || exit
try touch ntfs/a:b ntfs/con ntfs/aux.txt ntfs/notes.
try ls -m ntfs
echo "-- NTFS counts letters, ext4 counts bytes"
name=$(printf '%0100d' 0 | sed 's/0/한/g')
touch "ntfs/$name" && echo "100 Korean letters: done"
echo '$ cp ntfs/한... /tmp'
cp "ntfs/$name" . 2>&1 | sed 's/.*: /cp: /'
