head -c 8M /dev/zero >/data/big
