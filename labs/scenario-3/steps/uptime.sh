echo "kernel up since $(uptime -s)"
echo "process 1 ($(ps -o comm= -p 1)) since"
ps -o lstart= -p 1
