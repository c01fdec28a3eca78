# It asks the host's kernel about the host.
echo "free -m | awk '/^Mem/ {print int(\$2 / 2)}'" >/root/half
