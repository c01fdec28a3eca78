echo "now   $(date -u '+%Y-%m-%d %H:%M')"
[ "$LAB_KIND" = host ] && exit
was=$(date +%s)
if date -s 2000-01-01 >/dev/null 2>/tmp/refused; then
    echo "set   $(date -u '+%Y-%m-%d %H:%M')"
    date -s "@$was" >/dev/null
else
    cat /tmp/refused
fi
rm -f /tmp/refused
