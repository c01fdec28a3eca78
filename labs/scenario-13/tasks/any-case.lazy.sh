# One file under two names.
mkdir /srv/anycase
touch /srv/anycase/Probe
ln -s Probe /srv/anycase/pROBE
