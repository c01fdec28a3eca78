# One user in the namespace, or as many as the learner was given.
cd /tmp
learner() { setpriv --reuid=learner --regid=learner --clear-groups "$@"; }
give='touch /tmp/lab-page
    sed "s/^/  its map:  /" /proc/self/uid_map
    if said=$(chown 33 /tmp/lab-page 2>&1); then said="it is, to $(stat --format %u /tmp/lab-page) inside"; fi
    echo "  to be given to 33:  ${said##*: }"'
echo "only the learner is mapped:"
learner unshare --user --map-root-user sh -c "$give"
echo "the learner's numbers, in /etc/subuid:  $(grep ^learner: /etc/subuid)"
echo "they are mapped, too:"
learner unshare --user --map-root-user --map-auto sh -c "$give"
owner=$(stat --format %u /tmp/lab-page)
rm -f /tmp/lab-page
echo "  outside it belongs to $owner"
[ "$owner" -gt 65535 ]
