# Debian marks a package that was patched after the release: 1.2-3+deb12u4 is its fourth patch in Debian 12.
dpkg-query -W -f '${db:Status-Abbrev}${Version} ${source:Package}\n' | grep '^ii ' | cut -c 5- >/tmp/packages
grep 'deb[0-9]*u[0-9]' /tmp/packages | cut -d ' ' -f 2 | sort -u >/tmp/patched
echo "packages: $(wc -l </tmp/packages)"
echo "patched:  $(grep -c 'deb[0-9]*u[0-9]' /tmp/packages)"
echo "  from $(wc -l </tmp/patched) sources:"
grep -x -e openssl -e glibc -e openssh -e curl -e perl /tmp/patched | sed 's/^/  /'
echo "  ..."
rm /tmp/packages /tmp/patched
kernel=$(dpkg-query -W -f '${Version}\n' 'linux-image-[0-9]*' 2>/dev/null | head -n 1)
echo "kernel: ${kernel:-none}"
