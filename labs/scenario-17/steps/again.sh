. "$LAB_FOLDER/files/build.sh"

echo "version 1 makes the files old and new"
build --tag "$name-again" - <<END
FROM $name-base
RUN mkdir -p /srv/app && touch /srv/app/old
RUN touch /srv/app/new
END
echo "  the image has: $(run "$name-again" ls /srv/app | xargs)"
echo "version 2 makes the file new"
build --tag "$name-again" - <<END
FROM $name-base
RUN mkdir -p /srv/app && touch /srv/app/new
END
files=$(run "$name-again" ls /srv/app | xargs)
echo "  the image has: $files"

echo "The VM has no layers, but a chain of disks, the upper one its own:"
virsh --quiet --connect qemu:///system dumpxml "$name-vm" | awk '/<disk .*device=.disk/, /<\/disk>/' |
    sed -n "s|.*<source file='\([^']*\)'.*|\1|p" | while read -r disk; do
    if [ "$disk" = "$LAB_DISK_VM" ]; then what="the golden disk, only read"; else what="what this VM wrote"; fi
    printf '  %-28s %s\n' "$what" ".../${disk##*/}"
done
[ "$files" = new ]
