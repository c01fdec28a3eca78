# A display of 400 x 260 points in memory. The server writes to descriptor 3 once it is ready. Without -noreset it would
# throw everything away, and whoever just connects with it, each time the last of its programs ends.
pkill -f '^Xvfb :1 ' && while pgrep -f '^Xvfb :1 ' >/dev/null; do sleep 0.1; done
rm -f /run/ready && mkfifo /run/ready
setsid Xvfb :1 -noreset -screen 0 400x260x24 -displayfd 3 3>/run/ready </dev/null >/dev/null 2>&1 &
read -r number </run/ready
echo "display :$number is ready"
export DISPLAY=:1
xclock -geometry 200x200+20+30 </dev/null >/dev/null 2>&1 &
xeyes -geometry 140x100+240+80 </dev/null >/dev/null 2>&1 &
# Mapped windows are what the server shows.
for program in xclock xeyes; do
    until xwininfo -name $program 2>/dev/null | grep -q IsViewable; do sleep 0.1; done
    xwininfo -name $program | sed -n 's/.*Window id: .* "\(.*\)"/window \1/p; s/.*-geometry /  at /p'
done
xdpyinfo | sed -n 's/^ *\(vendor string\|dimensions\): */\1: /p'
