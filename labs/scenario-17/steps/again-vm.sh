# Provisioning: a script that makes what is missing. It may run as often as one likes.
there() { mkdir -p /srv/app && for file; do [ -e "/srv/app/$file" ] || touch "/srv/app/$file"; done; }
trap 'rm -r /srv/app' EXIT

echo "version 1 makes the files old and new"
there old new
echo "  the VM has:    $(ls /srv/app | xargs)"
echo "version 2 makes the file new"
there new
files=$(ls /srv/app | xargs)
echo "  the VM has:    $files"
[ "$files" = "new old" ]
