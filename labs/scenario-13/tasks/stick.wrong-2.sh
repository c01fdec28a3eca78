# The stick is right, but this tar follows the link and packs what is behind it.
truncate -s 4M /srv/stick.img
mkfs.vfat /srv/stick.img
mkdir /srv/stick
mount -o loop /srv/stick.img /srv/stick
tar -c -h -f /srv/stick/project.tar -C /srv/cured .
