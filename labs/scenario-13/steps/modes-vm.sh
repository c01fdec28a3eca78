try() { printf "$ %s\n" "$*"; "$@" 2>&1; }
dir=$(mktemp -d) && cd "$dir" && mkdir fat || exit
trap 'cd "$dir"; umount fat; rm -r "$dir"' EXIT
truncate -s 4M fat.img && mkfs.vfat fat.img >/dev/null && mount -o loop fat.img fat && cd fat || exit

echo "-- on ext4"
try stat -c '%A %N' /srv/cured/app.env /srv/cured/current
echo "-- copied to FAT"
try cp -a /srv/cured/app.env .
try cp -a /srv/cured/current .
try chmod 600 app.env
try stat -c '%A %N' app.env
try chmod a-w app.env
try stat -c '%A %N' app.env
chmod a+w app.env
echo "-- the cure: one file that keeps both, a tar"
tar -cf project.tar -C /srv/cured app.env current
tar -xf project.tar -C "$dir"
cd "$dir" && try stat -c '%A %N' app.env current
