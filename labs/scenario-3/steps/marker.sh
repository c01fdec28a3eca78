# One process under a name of its own; it ends by itself after two minutes.
name="marker-$LAB_PREFIX-$LAB_SCENARIO-$LAB_MACHINE"
pkill -f "^$name " || true
setsid bash -c "exec -a '$name' sleep 120" </dev/null >/dev/null 2>&1 &
until pid=$(pgrep -f "^$name "); do sleep 0.05; done
echo "$name"
echo "is process $pid here"
