volume="$LAB_PREFIX-$LAB_SCENARIO-data"
docker volume inspect --format 'kept in {{.Mountpoint}}' "$volume"
echo "used by $(docker ps --quiet --filter "volume=$volume" | wc -l) containers"
