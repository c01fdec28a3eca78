# The file system could, but the folder was not told to.
truncate -s 2M /srv/anycase.img
mkfs.ext4 -q -O casefold,^has_journal /srv/anycase.img
mkdir /srv/anycase
mount -o loop /srv/anycase.img /srv/anycase
