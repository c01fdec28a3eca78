# Run in the golden seat, by its shell: what a Debian needs to be a seat, an unprivileged system container.
set -eu

# What QEMU may not do in a user namespace: keep owners in extended attributes, give devices away, have its own /dev.
cat >>/etc/libvirt/qemu.conf <<'CONF'
remember_owner = 0
dynamic_ownership = 0
user = "root"
group = "root"
security_driver = "none"
namespaces = []
cgroup_controllers = []
CONF

# mmdebstrap left the building host's; the engine gives each seat its name, and there is no resolver.
rm -f /etc/hostname
: >/etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts

# If memory runs out, any other process is to be killed before init, with which the seat would end. The kernel is not
# waited for: as long as it can throw away pages of programs, which are read again at once, it kills nothing, and the
# seat stands still (seen for 40 minutes, from 40 MiB left on; so it is done at 64). What was started in a shell is
# ended first, then containers and the page (provisioning/seats/door.py), engines and VMs last. None is asked politely:
# as it is then, it could not answer in time.
mkdir -p /etc/systemd/system.conf.d
printf '[Manager]\nDefaultOOMScoreAdjust=200\n' >/etc/systemd/system.conf.d/lab.conf
engines='^(systemd.*|dbus-daemon|dockerd|containerd.*|libvirtd|virtlogd|qemu-system-.*|earlyoom)$'
echo "EARLYOOM_ARGS=\"-r 3600 -M 65536,65536 --avoid '$engines'\"" >/etc/default/earlyoom
echo 'echo 500 >"/proc/$$/oom_score_adj"' >/etc/profile.d/lab.sh

# By this folder the lab knows that it is a seat's: in it the class and the seat tell each other how things stand.
mkdir -p -m 700 /var/lib/lab/seat

# As on any other host, although the engine's storage is btrfs: lessons look at the layers.
# Logs are bounded, or one talkative container takes the disk of its seat. libvirt bounds those of its guests by itself.
mkdir -p /etc/docker /etc/systemd/journald.conf.d
cat >/etc/docker/daemon.json <<'JSON'
{"storage-driver": "overlay2", "log-driver": "json-file", "log-opts": {"max-size": "1m", "max-file": "2"}}
JSON
printf '[Journal]\nSystemMaxUse=32M\nRuntimeMaxUse=8M\n' >/etc/systemd/journald.conf.d/lab.conf

# The engine covers the boot id by one of the container's own, so containers in the seat would show another than the
# seat. The network's settings come from the engine by the environment of PID 1: no DHCP, so nobody can offer wrong ones.
cat >/usr/local/sbin/lab-seat <<'SCRIPT'
#!/bin/sh
set -eu
if mountpoint -q /proc/sys/kernel/random/boot_id; then umount /proc/sys/kernel/random/boot_id; fi
address=$(tr '\0' '\n' </proc/1/environ | sed -n 's/^SEAT_ADDRESS=//p')
gateway=$(tr '\0' '\n' </proc/1/environ | sed -n 's/^SEAT_GATEWAY=//p')
if [ -n "$address" ]; then
    ip link set eth0 up
    ip address replace "$address" dev eth0
    ip route replace default via "$gateway"
    # What the instructor allows is reached by this proxy (provisioning/seats/proxy.py).
    echo "Acquire::http::Proxy \"http://$gateway:3131\"; Acquire::https::Proxy \"http://$gateway:3131\";" \
        >/etc/apt/apt.conf.d/90lab-proxy
fi
# systemd mounts the controllers cpu and cpuacct as one. Where the host has them apart, neither is there then, and Docker
# can limit no processor.
if [ -L /sys/fs/cgroup/cpu ] && ! mountpoint -q /sys/fs/cgroup/cpu; then
    kept=nosuid,nodev,noexec
    mkdir -p /run/lab-cgroup
    for controller in cpu cpuacct; do # the kernel may have neither
        mount -t cgroup -o "$kept,$controller" cgroup /run/lab-cgroup || exit 0
        umount /run/lab-cgroup
    done
    mount --options-source=disable -t tmpfs -o "remount,rw,$kept,mode=755" tmpfs /sys/fs/cgroup
    for controller in cpu cpuacct; do
        rm "/sys/fs/cgroup/$controller"
        mkdir "/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$kept,$controller" cgroup "/sys/fs/cgroup/$controller"
    done
    mount -o "remount,bind,ro,$kept" /sys/fs/cgroup
fi
SCRIPT
chmod 755 /usr/local/sbin/lab-seat
cat >/etc/systemd/system/lab-seat.service <<'UNIT'
[Unit]
Description=What a seat of the lab sets right before its engines start
DefaultDependencies=no
After=local-fs.target
Before=sysinit.target docker.service libvirtd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-seat

[Install]
WantedBy=sysinit.target
UNIT
systemctl --quiet enable lab-seat.service
systemctl --quiet set-default multi-user.target

# What waits for hardware, wakes up by itself, or keeps the seat from stopping has nothing to do in it.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer libvirt-guests.service lvm2-monitor.service man-db.timer modprobe@.service systemd-binfmt.service \
    systemd-logind.service systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service \
    systemd-udevd.service systemd-udev-trigger.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
