# The kernel's own lists, so no program of a distribution stands between.
echo "PCI devices: $(ls /sys/bus/pci/devices 2>/dev/null | wc -l)"
cat /sys/bus/pci/devices/*/vendor /sys/bus/pci/devices/*/device 2>/dev/null | cksum | sed 's/ .*//; s/^/list as a number: /'
for device in /sys/bus/virtio/devices/*; do
    [ -e "$device" ] || continue
    case $(cat "$device/device") in # numbers from the VIRTIO standard
    0x0001) kind="network card" ;;
    0x0002) kind="disk" ;;
    0x0003) kind="serial line" ;;
    0x0004) kind="random numbers" ;;
    0x0005) kind="balloon" ;;
    *) kind="other" ;;
    esac
    printf '%-14s %s\n' "$kind" "$(basename "$(readlink "$device/driver")")"
done
