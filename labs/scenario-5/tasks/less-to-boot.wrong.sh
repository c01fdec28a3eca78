# The next boot will be shorter; this one is not.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" systemctl mask --now modprobe@drm.service
