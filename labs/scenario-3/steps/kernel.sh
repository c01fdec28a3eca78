uname -s -r -m
uname -v
