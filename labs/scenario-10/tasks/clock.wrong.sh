# The server runs, but nobody tells the program of it.
setsid Xvfb :7 -noreset </dev/null >/dev/null 2>&1 &
until DISPLAY=:7 xdpyinfo >/dev/null 2>&1; do sleep 0.2; done
xclock
