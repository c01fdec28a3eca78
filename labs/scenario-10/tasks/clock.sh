setsid Xvfb :7 -noreset </dev/null >/dev/null 2>&1 &
export DISPLAY=:7
until xdpyinfo >/dev/null 2>&1; do sleep 0.2; done
setsid xclock </dev/null >/dev/null 2>&1 &
until xwininfo -name xclock 2>/dev/null | grep -q IsViewable; do sleep 0.2; done
