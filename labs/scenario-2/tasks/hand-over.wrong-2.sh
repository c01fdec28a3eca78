# Readable for the group, which is root's.
echo hush >/data/secret && chmod 640 /data/secret
