# It has a name and numbers of its own, and all files of the machine.
mkdir -p /home/learner/ship/bin
cd /home/learner/ship
for name in sh sleep; do
    program=$(command -v $name)
    cp "$program" bin
    ldd "$program" | grep -o "/[^ ]*" | while read -r library; do cp --parents --dereference --update "$library" .; done
done
chown -R learner:learner /home/learner/ship
setsid setpriv --reuid=learner --regid=learner --clear-groups unshare --user --map-root-user --mount --pid --uts --fork sh -c '
    hostname ship
    exec sleep infinity' >/dev/null 2>&1 </dev/null &
until pgrep -x sleep >/dev/null; do sleep 0.2; done
