# Three programs, none of which finds a display. DISPLAY says where it would be.
unset DISPLAY
xclock 2>&1
echo "status $?"
DISPLAY=:0 xclock 2>&1
echo "status $?"
DISPLAY=:0 xwininfo -root 2>&1 | grep -v '^$'
exit 0
