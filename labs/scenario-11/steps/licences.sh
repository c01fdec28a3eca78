echo "licence texts: $(ls /usr/share/doc/*/copyright | wc -l)"
echo "the most frequent terms:"
cat /usr/share/doc/*/copyright | sed -n 's/^License: *\([A-Za-z0-9.+-]*\).*/\1/p' | sort | uniq -c | sort -rn |
    head -n 4
