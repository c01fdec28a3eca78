# Debian marks a package that was patched after the release: 1.2-3+deb12u4 is its fourth patch in Debian 12.
dpkg-query -W -f '${db:Status-Abbrev}${Version} ${source:Package}\n' | grep '^ii ' | cut -c 5- >/tmp/packages
grep 'deb[0-9]*u[0-9]' /tmp/packages | cut -d ' ' -f 2 | sort -u >/tmp/patched
echo "packages: $(wc -l </tmp/packages)"
echo "patched:  $(grep -c 'deb[0-9]*u[0-9]' /tmp/packages)"
echo "  from $(wc -l </tmp/patched) sources:"
grep -x -e openssl -e glibc -e openssh -e curl -e perl /tmp/patched | sed 's/^/  /'
echo "  ..."
rm /tmp/packages /tmp/patched
# The kernel has no such mark. Its patches come as new versions, and the third number counts them.
kernel=$(dpkg-query -W -f '${Version}\n' 'linux-image-[0-9]*' 2>/dev/null | head -n 1)
echo "kernel: ${kernel:-none}"
[ -z "$kernel" ] || echo "$kernel" | sed 's/\([0-9]*\.[0-9]*\)\.\([0-9]*\).*/  version \2 since \1 came out/'
