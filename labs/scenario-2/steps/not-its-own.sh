# The same file twice: under /root, and on the volume. Which of them is writer's own?
writer="$LAB_PREFIX-$LAB_SCENARIO-writer"
docker exec "$writer" sh -c 'echo one >/root/file; echo two >/data/file' || exit
trap 'docker exec "$writer" rm /root/file /data/file' EXIT
echo "docker diff lists:"
listed=$(docker diff "$writer" | grep -x -e '. /root/file' -e '. /data/file')
echo "$listed" | sed 's/^/    /'
echo "docker export packs:"
packed=$(docker export "$writer" | tar -t | grep -x -e root/file -e data/file)
echo "$packed" | sed 's/^/    /'
echo "the volume's file, seen from reader: $(docker exec "$LAB_PREFIX-$LAB_SCENARIO-reader" cat /data/file)"
[ "$listed" = "A /root/file" ] && [ "$packed" = root/file ]
