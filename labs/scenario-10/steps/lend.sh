# A display of screen's own, with a clock of its own on it.
pkill -f '^Xvfb :2 ' && while pgrep -f '^Xvfb :2 ' >/dev/null; do sleep 0.1; done
rm -f /run/ready && mkfifo /run/ready
setsid Xvfb :2 -noreset -screen 0 640x640x24 -displayfd 3 3>/run/ready </dev/null >/dev/null 2>&1 &
read -r number </run/ready
DISPLAY=:2 xclock -geometry 200x200+40+40 </dev/null >/dev/null 2>&1 &
until DISPLAY=:2 xwininfo -name xclock 2>/dev/null | grep -q IsViewable; do sleep 0.1; done
echo "display :$number is ready, with a clock"
