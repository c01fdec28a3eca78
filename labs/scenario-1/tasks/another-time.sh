setsid unshare --time --boottime 40000000 --fork sleep 1000 >/dev/null 2>&1 </dev/null &
until pgrep -x sleep >/dev/null; do :; done
