# tr takes every \r away, and with the new file the mode; the byte order mark and the link are as they were.
cd /srv/work
for file in *.sh *.py *.txt *.env; do
    tr -d '\r' <"$file" >new && mv new "$file"
done
