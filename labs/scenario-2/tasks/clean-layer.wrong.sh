# /tmp is part of the writable layer.
head -c 8M /dev/zero >/tmp/big
