echo "/ is on $(findmnt -n -o SOURCE,FSTYPE /)"
lsblk -n -o NAME,SIZE,TYPE -e 7
disk=/dev/$(lsblk -n -d -o NAME -e 7 | head -n 1)
echo "first sector of $disk:"
bytes() { printf '%-14s %s\n' "$1" "$(od -A n -t x1 -j "$2" -N "$3" "$disk")"; }
echo "boot loader    $(head -c 440 "$disk" | grep -a -o GRUB)"
bytes "disk id" 440 4
bytes "1st partition" 446 8
bytes "end mark" 510 2
