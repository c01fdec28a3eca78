# What the firmware wrote down about the computer (DMI); the kernel shows it here.
cd /sys/class/dmi/id 2>/dev/null || { echo "no firmware tells of a maker"; exit 0; }
echo "maker:    $(cat sys_vendor)"
echo "model:    $(cat product_name)"
echo "firmware: $(cat bios_vendor) $(cat bios_version)"
