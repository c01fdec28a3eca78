mkdir -p /home/learner/bundle/rootfs/bin /home/learner/bundle/rootfs/out /home/learner/out /home/learner/cells
cd /home/learner/bundle/rootfs
for name in sh sleep; do
    program=$(command -v $name)
    cp "$program" bin
    ldd "$program" | grep -o "/[^ ]*" | while read -r library; do cp --parents --dereference --update "$library" .; done
done
cd ..
runsc spec -- /bin/sleep infinity
python3 -c '
import json
told = json.load(open("config.json"))
told["mounts"].append({"type": "bind", "source": "/home/learner/out", "destination": "/out", "options": ["rw"]})
json.dump(told, open("config.json", "w"))'
chown -R learner:learner /home/learner
setsid setpriv --reuid=learner --regid=learner --clear-groups env --unset=XDG_RUNTIME_DIR \
    runsc --root /home/learner/cells --rootless --network=none --ignore-cgroups run --bundle /home/learner/bundle cell >/dev/null 2>&1 </dev/null &
for try in $(seq 60); do
    runsc --root /home/learner/cells list | grep -q running && exit
    sleep 0.5
done
