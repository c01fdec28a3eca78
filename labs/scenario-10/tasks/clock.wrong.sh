# The server runs, but nobody tells the program of it.
setsid Xvfb :7 -noreset -screen 0 320x200x24 </dev/null >/dev/null 2>&1 &
until DISPLAY=:7 xdpyinfo >/dev/null 2>&1; do sleep 0.2; done
xclock || DISPLAY=:7 xwd -root -silent -out /root/clock.xwd
