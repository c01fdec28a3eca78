# The program here, the server in the container screen.
DISPLAY=:2 x11perf -time 1 -repeat 1 -shmput100 2>&1 | sed -n 's/.*( *\(.*\)\/sec): .*/\1 pictures a second/p; /failed/p'
echo "/dev/shm: $(df -h --output=size /dev/shm | tail -n 1 | tr -d ' ')"
