for name in red blue; do
    echo "$name:"
    docker top "$LAB_PREFIX-$LAB_SCENARIO-$name" -o pid,user,args | sed 's/^/    /'
done
echo "vm:"
# The bracket keeps this very search out of what it finds.
ps -e -o pid= -o user= -o nlwp= -o args= | grep "[g]uest=$LAB_PREFIX-$LAB_SCENARIO-vm," | awk '{print "    " $1, $2, $4, "with", $3, "threads"}'
