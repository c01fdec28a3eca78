# Blue's root asks blue's own number, and is refused.
docker exec --detach "$LAB_PREFIX-$LAB_SCENARIO-blue" sleep 1000
docker exec "$LAB_PREFIX-$LAB_SCENARIO-blue" sh -c 'until pgrep -f "^sleep 1000$"; do :; done; renice -n -5 -p $(pgrep -f "^sleep 1000$")'
true
