# What dos2unix cures, and nothing of what it does not.
cd /srv/work
dos2unix -q *.sh *.py *.txt *.env
