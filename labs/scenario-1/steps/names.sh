echo "host name  $(uname -n)"
echo "process 1  $(cat /proc/1/comm)"
