# A hole of 8 MiB: it takes no room on the disk, but it lies in the layer.
truncate -s 8M /root/big
