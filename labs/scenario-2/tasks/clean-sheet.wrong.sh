# /tmp is part of the sheet.
head -c 8M /dev/zero >/tmp/big
