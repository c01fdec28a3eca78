# It listens where only red itself can knock.
setsid python3 -m http.server --bind 127.0.0.1 9090 >/dev/null 2>&1 </dev/null &
until ss -Hltn | grep -q :9090; do :; done
