name="$LAB_PREFIX-$LAB_SCENARIO"
docker exec -d "$name-screen" Xvfb :8 -noreset
docker exec -d -e DISPLAY=:8 "$name-box" sh -c 'until xdpyinfo >/dev/null 2>&1; do sleep 0.2; done; exec xlogo'
docker exec -e DISPLAY=:8 "$name-box" sh -c \
    'until xwininfo -name xlogo 2>/dev/null | grep -q IsViewable; do sleep 0.2; done'
