there() { ls -d $2 >/dev/null 2>&1 && echo "$1: $(ls -d $2 | wc -l)" || echo "$1: none"; }
there "graphics cards" "/dev/dri/card*"
there "frame buffers" "/dev/fb*"
there "input devices" "/dev/input/event*"
there "consoles (tty)" "/dev/tty[0-9]*"
there "sound cards" "/dev/snd/control*"
there "sockets of a bus" "/run/dbus/system_bus_socket"
echo "fonts: $(find /usr/share/fonts -name '*.[tp][tc]f*' 2>/dev/null | wc -l) files"
