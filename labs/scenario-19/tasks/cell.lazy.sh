# No sandbox: a process that bears its name, and a folder.
mkdir -p /home/learner/out /home/learner/cells/cell
chown -R learner:learner /home/learner
cp /bin/sleep /tmp/runsc-sandbox
setsid setpriv --reuid=learner --regid=learner --clear-groups /tmp/runsc-sandbox infinity >/dev/null 2>&1 </dev/null &
