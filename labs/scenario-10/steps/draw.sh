# Draw on display :2, which is none of this place's own.
export DISPLAY=:2
echo "Xvfb runs here: $(pgrep -f '^Xvfb :2 ' >/dev/null && echo yes || echo no)"
echo "its socket: $(ls -d /tmp/.X11-unix/X2 2>/dev/null || echo not here)"
xlogo -geometry 200x200+300+300 </dev/null >/dev/null 2>/run/said &
while kill -0 $! 2>/dev/null; do
    xwininfo -name xlogo 2>/dev/null | grep -q IsViewable && echo "the logo is shown" && exit
    sleep 0.1
done
grep Error /run/said
