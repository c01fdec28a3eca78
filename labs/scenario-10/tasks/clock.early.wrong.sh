# The picture is taken before there is anything on the display.
setsid Xvfb :7 -noreset -screen 0 320x200x24 </dev/null >/dev/null 2>&1 &
export DISPLAY=:7
until xdpyinfo >/dev/null 2>&1; do sleep 0.2; done
xwd -root -silent -out /root/clock.xwd
setsid xclock </dev/null >/dev/null 2>&1 &
until xwininfo -name xclock 2>/dev/null | grep -q IsViewable; do sleep 0.2; done
