# Server and program in screen, under another name; in box something else goes by the logo's.
name="$LAB_PREFIX-$LAB_SCENARIO"
docker exec "$name-box" sh -c 'cp "$(command -v sleep)" /tmp/xlogo'
docker exec -d "$name-box" /tmp/xlogo 1000
docker exec "$name-screen" sh -c 'cp "$(command -v xlogo)" /tmp/logo'
docker exec -d "$name-screen" Xvfb :8 -noreset
docker exec -d -e DISPLAY=:8 "$name-screen" sh -c 'until xdpyinfo >/dev/null 2>&1; do sleep 0.2; done; exec /tmp/logo -name xlogo'
docker exec -e DISPLAY=:8 "$name-screen" sh -c \
    'until xwininfo -name xlogo 2>/dev/null | grep -q IsViewable; do sleep 0.2; done'
