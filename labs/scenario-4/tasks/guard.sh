cat >/root/guard <<'END'
#!/bin/sh
# Name the files below a folder that hold a line ending in \r, or begin with a byte order mark.
export LC_ALL=C
found=$(find "$1" -type f -exec sh -c '
    for file; do
        if grep -q -P "\r$" "$file" || [ "$(head -c 3 "$file" | od -A n -t x1)" = " ef bb bf" ]; then
            printf "%s\n" "$file"
        fi
    done' sh {} +)
[ -z "$found" ] && exit 0
printf '%s\n' "$found"
exit 1
END
chmod +x /root/guard
