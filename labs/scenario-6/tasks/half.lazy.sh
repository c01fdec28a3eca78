# Half of what somebody once had.
echo 'echo 64' >/root/half
