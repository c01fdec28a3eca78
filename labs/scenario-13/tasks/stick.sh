truncate -s 4M /srv/stick.img
mkfs.vfat /srv/stick.img
mkdir /srv/stick
mount -o loop /srv/stick.img /srv/stick
tar -c -f /srv/stick/project.tar -C /srv/cured .
