truncate -s 2M /srv/anycase.img
mkfs.ext4 -q -O casefold,^has_journal /srv/anycase.img
mkdir /srv/disk
mount -o loop /srv/anycase.img /srv/disk
mkdir /srv/disk/anycase
chattr +F /srv/disk/anycase
ln -s disk/anycase /srv/anycase
