# A file is written to the VM's disk, and deleted; then the disk is read where the file lay.
disk=$(findmnt -n -o SOURCE /)
file=/root/token
echo "token-$(od -A n -N 8 -t x1 /dev/urandom | tr -d ' \n')" >$file
token=$(cat $file)
sync $file
block=$(filefrag -v $file | awk '$1 == "0:" { sub(/\.\..*/, "", $4); print $4 }')
size=$(stat -f -c %S $file)
rm $file
sync
echo "written, deleted"
echo "  in the VM:          $(cat $file 2>&1)"
there=$(dd if="$disk" bs="$size" skip="$block" count=1 iflag=direct 2>/dev/null | head -n 1 | tr -d '\0')
echo "  on its disk:        $there, in block $block of $disk"
[ "$there" = "$token" ]
