#!/bin/sh
# A VM and two containers by hand, as `lab.py up scenario-3` brings them up, on a bare Debian 12 without systemd.
# Run by root in a clone: it brings the playbooks, and the hooks that make a disk of a root file system.
set -eu
work=/var/lib/by-hand
clone=$PWD
hooks=$clone/provisioning/images/hooks
export DEBIAN_FRONTEND=noninteractive

began=$(date +%s.%N)
done_with() { # tell how long it took since the last time
    now=$(date +%s.%N)
    echo "✔ $1 $(echo "$now $began" | awk '{ printf "%.1f", $1 - $2 }') s"
    began=$now
}

# --- the engines and tools ------------------------------------------------------------------------------------
apt-get update
apt-get install --yes --no-install-recommends docker.io docker-compose iptables \
    libvirt-daemon-system libvirt-clients dnsmasq-base qemu-system-x86 qemu-utils \
    vagrant vagrant-libvirt ansible mmdebstrap e2fsprogs fdisk openssh-client procps
done_with "Packages of the host"

setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
echo 'max_core = 0' >>/etc/libvirt/qemu.conf
virtlogd -d
libvirtd -d
until docker version && virsh --connect qemu:///system version; do sleep 0.2; done >/dev/null 2>&1
done_with "Engines"

# --- one root file system, as a container image and as a disk -------------------------------------------------
mkdir -p "$work/tmp" && cd "$work"
ssh-keygen -q -t ed25519 -N '' -f key
export TMPDIR="$work/tmp" OUT="$work" DISK_MIB=4096 DISK_ID=1ab00001 ROOT_PARTUUID=1ab00001-01
export VM_PACKAGES="dbus e2fsprogs grub-pc-bin initramfs-tools kmod linux-image-amd64 openssh-server qemu-guest-agent
    sudo systemd-resolved systemd-sysv udev util-linux-extra zstd"
packages=ca-certificates,curl,dos2unix,file,iproute2,less,nano,passwd,procps,psmisc,python3,python3-apt,util-linux
sed s/bookworm/trixie/ /etc/apt/sources.list |
    mmdebstrap --variant=apt --format=directory --include=$packages --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --customize-hook="$hooks/container.sh" --customize-hook="$hooks/vm.sh" \
    --customize-hook="install -m 600 $work/key.pub \"\$1/root/.ssh/authorized_keys\"" \
    trixie root -
done_with "Root file system"
docker import container.tar by-hand
rm container.tar
done_with "Container image"
"$hooks/disk.sh" root disk.raw
qemu-img convert -O qcow2 disk.raw box.img
rm -r root disk.raw
done_with "Disk"

# --- the VM ---------------------------------------------------------------------------------------------------
echo '{"provider": "libvirt", "format": "qcow2", "virtual_size": 4}' >metadata.json
tar -cf by-hand.box metadata.json box.img
cat >Vagrantfile <<END
Vagrant.configure("2") do |config|
  config.vm.define "vm"
  config.vm.box = "by-hand"
  config.vm.boot_timeout = 900
  config.vm.guest = :debian
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.ssh.username = "root"
  config.ssh.private_key_path = "$work/key"
  config.ssh.insert_key = false
  config.vm.provider :libvirt do |v|
    v.driver = "$([ -e /dev/kvm ] && echo kvm || echo qemu)"
    v.memory, v.cpus = 512, 1
    v.default_prefix = ""
  end
end
END
vagrant box add --name by-hand by-hand.box
rm by-hand.box box.img
done_with "vagrant box add"
vagrant up --provider=libvirt
done_with "vagrant up"

# --- the containers, and the playbooks over all ---------------------------------------------------------------
cat >docker-compose.yml <<'END'
version: "3.7"
services:
  alpha: {container_name: alpha, image: by-hand, command: sleep infinity, init: true}
  beta: {container_name: beta, image: by-hand, command: sleep infinity, init: true}
END
docker-compose up -d
done_with "docker-compose up"
cat >inventory.yml <<END
all:
  vars:
    ansible_python_interpreter: /usr/bin/python3
    lab_roles: [common]
    lab_public_box: false
    lab_public_key: ""
  children:
    vms:
      hosts:
        vm:
          ansible_host: $(virsh --quiet --connect qemu:///system domifaddr vm | awk '{ sub("/.*", "", $4); print $4 }')
          ansible_user: root
          ansible_ssh_private_key_file: $work/key
    containers:
      vars: {ansible_connection: community.docker.docker}
      hosts: {alpha: {}, beta: {}}
END
ANSIBLE_CONFIG=$clone/playbooks/ansible.cfg ansible-playbook -i inventory.yml "$clone/playbooks/site.yml"
done_with "ansible-playbook"
