# A program that says so, in the time of everybody.
printf '#!/bin/sh\necho 40000000.00 0.00\n' >/root/sleep
chmod +x /root/sleep
setsid sleep 1000 >/dev/null 2>&1 </dev/null &
