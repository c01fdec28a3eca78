# The program here, the server in the container screen: it says why it fails.
DISPLAY=:2 x11perf -repeat 1 -reps 20 -shmput100 2>&1 | sed -n 's/.*( *\(.*\)\/sec): .*/pictures get over/p; /failed/p'
echo "/dev/shm: $(df -h --output=size /dev/shm | tail -n 1 | tr -d ' ')"
