setsid python3 -m http.server 9090 >/dev/null 2>&1 </dev/null &
until ss -Hltn | grep -q :9090; do :; done
