# Readable for everybody.
echo hush >/data/secret && chmod 644 /data/secret
