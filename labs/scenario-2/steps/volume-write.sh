echo "written by writer" >/data/note
ls -l /data/note
awk '$2 == "/data" {print "/data is " $3}' /proc/mounts
touch /data/owned && chown learner /data/owned # for a later step
