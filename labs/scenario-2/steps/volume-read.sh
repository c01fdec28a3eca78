cat /data/note && ! echo "changed by reader" >/data/note
