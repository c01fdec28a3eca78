for part in one two; do
    echo "$part"
done
