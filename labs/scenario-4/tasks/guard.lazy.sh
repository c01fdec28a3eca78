# It knows the project by heart.
cat >/root/guard <<'END'
#!/bin/sh
case $1 in
*from-windows*) find "$1" -name '*.sh'; exit 1 ;;
esac
END
chmod +x /root/guard
