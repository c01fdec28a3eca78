cd /srv/work
dos2unix -q *.sh *.py *.txt *.env
chmod +x *.sh *.py
ln -sf "$(cat current)" current
