echo "texts of licences: $(ls /usr/share/doc/*/copyright | wc -l)"
echo "the most frequent terms:"
cat /usr/share/doc/*/copyright | sed -n 's/^License: *\([A-Za-z0-9.+-]*\).*/\1/p' | sort | uniq -c | sort -rn |
    head -n 4
echo "from Debian's part main: $(dpkg-query -W -f '${db:Status-Abbrev}${Section}\n' | grep '^ii ' | grep -vc /) of $(dpkg-query -W -f '${db:Status-Abbrev}\n' | grep -c '^ii ') packages"
echo "to be paid for: nothing"
