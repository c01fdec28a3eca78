# The picture that is asked for, of another display; there is no :7.
setsid Xvfb :6 -noreset -screen 0 320x200x24 </dev/null >/dev/null 2>&1 &
export DISPLAY=:6
until xdpyinfo >/dev/null 2>&1; do sleep 0.2; done
setsid xlogo </dev/null >/dev/null 2>&1 &
until xwininfo -name xlogo 2>/dev/null | grep -q IsViewable; do sleep 0.2; done
xwd -root -silent -out /root/clock.xwd
