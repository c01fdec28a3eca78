setsid Xvfb :7 -noreset -screen 0 320x200x24 </dev/null >/dev/null 2>&1 &
export DISPLAY=:7
until xdpyinfo >/dev/null 2>&1; do sleep 0.2; done
setsid xclock </dev/null >/dev/null 2>&1 &
until xwininfo -name xclock 2>/dev/null | grep -q IsViewable; do sleep 0.2; done
# Shown is not yet drawn: the picture is taken anew until something is on it.
for try in $(seq 50); do
    xwd -root -silent -out /root/clock.xwd
    [ "$(tail -c 256000 /root/clock.xwd | od -A n -v -t x4 -w4 | sort -u | wc -l)" -gt 1 ] && exit
    sleep 0.2
done
exit 1
