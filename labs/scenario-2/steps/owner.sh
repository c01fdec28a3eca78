if [ "$LAB_KIND" = host ]; then
    folder=$(docker volume inspect --format '{{.Mountpoint}}' "$LAB_PREFIX-$LAB_SCENARIO-data")
else
    folder=/data
fi
cd "$folder" 2>/dev/null && stat --format 'owned: %u is %U' owned || echo "only root may look there"
