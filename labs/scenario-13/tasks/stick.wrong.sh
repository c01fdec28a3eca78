# Nothing is mounted: this is a folder of the VM's own disk. And cp has followed the link.
mkdir /srv/stick
cp -r -L /srv/cured /srv/stick
