# What is deleted from an image's layer leaves a mark, and frees nothing of one's own.
head -c 8M /dev/zero >/root/big && rm -rf /usr/share/doc
