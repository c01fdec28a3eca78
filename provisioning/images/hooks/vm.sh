#!/bin/sh
# mmdebstrap customize hook: turn the common root file system into that of a whole computer.
# Arguments: the root directory. Environment: OUT, the directory for results; VM_PACKAGES; ROOT_PARTUUID.
set -eu
root=$1
: "${OUT:?}" "${VM_PACKAGES:?}" "${ROOT_PARTUUID:?}"

# --- the initial RAM disk: small, yet able to find the root disk under every hypervisor -----------------------
for folder in conf.d hooks scripts/init-top; do mkdir -p "$root/etc/initramfs-tools/$folder"; done
# No list of modules to load: udev loads what the hardware asks for, the rest costs only its bytes.
cat >"$root/etc/initramfs-tools/conf.d/lab" <<'END'
MODULES=list
COMPRESS=zstd
RESUME=none
END
cat >"$root/etc/initramfs-tools/hooks/lab" <<'END'
#!/bin/sh
[ "$1" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
# libvirt/QEMU; SATA and IDE (VirtualBox, VMware, QEMU); NVMe; VMware; Hyper-V; the root file system.
manual_add_modules virtio_pci virtio_blk virtio_scsi ahci ata_piix sd_mod nvme \
    vmw_pvscsi mptspi hv_vmbus hv_storvsc ext4 crc32c_generic crc32c_intel
END
# QEMU before 8.0 translates a program anew wherever its pages are not where they were the last time, so an emulated
# guest does not move them about: a process starts in a third of the time. Nor does it load by itself what no lesson
# needs of the hardware that the emulator has to offer. Under KVM nothing is changed.
cat >"$root/etc/initramfs-tools/scripts/init-top/lab" <<'END'
#!/bin/sh
[ "$1" = prereqs ] && exit 0
case $(cat /proc/cpuinfo) in
*"QEMU TCG"*)
    echo 0 >/proc/sys/kernel/randomize_va_space
    mkdir -p /run/modprobe.d
    for module in acpi_cpufreq aesni_intel amd_pstate ccp cfg80211 crc32_pclmul crct10dif_pclmul ghash_clmulni_intel \
        i2c_i801 iTCO_wdt kvm_amd kvm_intel lpc_ich pcc_cpufreq pcspkr powernow_k8 psmouse serio_raw sha1_ssse3 \
        sha256_ssse3 sha512_ssse3 vga16fb; do
        echo "blacklist $module"
    done >/run/modprobe.d/emulated.conf
    ;;
esac
END
chmod +x "$root/etc/initramfs-tools/hooks/lab" "$root/etc/initramfs-tools/scripts/init-top/lab"

# --- packages -------------------------------------------------------------------------------------------------
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # a list of words
chroot "$root" apt-get install --yes --no-install-recommends $VM_PACKAGES
chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' >"$OUT/packages-vm.txt"
chroot "$root" sh -c 'cd /lib/modules && ls' >"$OUT/kernel.txt"
cp "$root/vmlinuz" "$OUT/vmlinuz"

# --- users and SSH --------------------------------------------------------------------------------------------
# "*": no password, yet not locked; sshd without PAM refuses locked accounts.
chroot "$root" useradd --create-home --shell /bin/bash --password '*' vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
chmod 440 "$root/etc/sudoers.d/vagrant"
# Whose key opens root's account is told at the first start (tmpfiles.d/provision.conf of systemd): users share the image.
install -d -m 700 "$root/root/.ssh"
cat >"$root/etc/ssh/sshd_config.d/lab.conf" <<'END'
PasswordAuthentication no
PermitRootLogin prohibit-password
UseDNS no
# A login costs an emulated CPU half as much without it, and nothing here needs it.
UsePAM no
HostKey /etc/ssh/ssh_host_ed25519_key
END
rm -f "$root"/etc/ssh/ssh_host_rsa_key* "$root"/etc/ssh/ssh_host_ecdsa_key*

# --- network: whatever card there is, by DHCP -----------------------------------------------------------------
cat >"$root/etc/systemd/network/80-dhcp.network" <<'END'
[Match]
Name=en* eth*

[Network]
DHCP=ipv4
IPv6AcceptRA=no
LinkLocalAddressing=no

[DHCPv4]
# The MAC address, not the machine id: a clone on the same network gets an address of its own.
ClientIdentifier=mac
UseHostname=no
END
mkdir -p "$root/etc/systemd/resolved.conf.d"
printf '[Resolve]\nLLMNR=no\nMulticastDNS=no\n' >"$root/etc/systemd/resolved.conf.d/lab.conf"
echo lab >"$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n127.0.1.1\tlab\n::1\tlocalhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"

# --- start fast: nothing in the background that a lesson did not ask for --------------------------------------
chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service
chroot "$root" systemctl --quiet disable systemd-networkd-wait-online.service
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer man-db.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer grub-common.service systemd-pstore.service systemd-networkd-wait-online.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# At the start udev looks at the devices that a lesson can meet, not at each of the kernel's 350 (64 terminals, 48 of
# ACPI): an emulated guest is up a sixth earlier. What comes later it sees as ever.
mkdir -p "$root/etc/systemd/system/systemd-udev-trigger.service.d"
cat >"$root/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf" <<'END'
[Service]
ExecStart=
ExecStart=-udevadm trigger --type=all --action=add --prioritized-subsystem=module,block,net \
    --subsystem-match=pci --subsystem-match=virtio --subsystem-match=virtio-ports --subsystem-match=block \
    --subsystem-match=net --subsystem-match=input --subsystem-match=misc --subsystem-match=pnp --subsystem-match=platform
ExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=tty --sysname-match=ttyS0
END
for unit in modprobe@configfs.service modprobe@fuse.service sys-kernel-config.mount sys-fs-fuse-connections.mount \
    systemd-network-generator.service systemd-rfkill.socket systemd-udev-load-credentials.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# Debian 13 answers SSH over a VM's socket too, whose drivers have to be loaded for it.
mkdir -p "$root/etc/systemd/system-generators"
ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-ssh-generator"
# ... and keeps /tmp in memory. Here it lies on the disk, as in the containers and in Debian 12.
ln -sf /dev/null "$root/etc/systemd/system/tmp.mount"

# --- boot loader ----------------------------------------------------------------------------------------------
# mountpoints and devices are not in the root file system's own tree: the kernel mounts devtmpfs over /dev.
mkdir -p "$root/boot/grub"
# Not quiet: by its console the driver knows a guest that boots slowly from one that hangs. It costs nothing (measured).
cat >"$root/boot/grub/grub.cfg" <<END
linux /vmlinuz root=PARTUUID=$ROOT_PARTUUID rw rootwait net.ifnames=0 console=tty0 console=ttyS0
initrd /initrd.img
boot
END
chroot "$root" grub-mkimage --format i386-pc --output /boot/grub/core.img --prefix '(hd0,msdos1)/boot/grub' \
    biosdisk part_msdos ext2 linux normal
cp "$root/usr/lib/grub/i386-pc/boot.img" "$root/boot/grub/core.img" "$OUT/"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
