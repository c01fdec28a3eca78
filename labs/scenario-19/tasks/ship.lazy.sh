# The machine is called ship, and the learner has a process.
hostname ship
setsid setpriv --reuid=learner --regid=learner --clear-groups sleep infinity >/dev/null 2>&1 </dev/null &
