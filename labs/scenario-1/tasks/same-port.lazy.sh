# A program that says what the check would like to hear.
printf '#!/bin/sh\necho "LISTEN 0 5 0.0.0.0:9090 0.0.0.0:*"\n' >/usr/local/bin/ss
chmod +x /usr/local/bin/ss
