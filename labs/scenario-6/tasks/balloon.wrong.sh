# The cache is gone; the memory is still the guest's to fill again.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" 'sync; echo 3 >/proc/sys/vm/drop_caches'
