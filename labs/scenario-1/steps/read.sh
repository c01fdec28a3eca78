cat /root/whose 2>/dev/null || echo "no such file here"
