# A program that tells of a boot that was not.
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" 'cat >/usr/local/bin/systemctl; chmod +x /usr/local/bin/systemctl' <<'END'
#!/bin/sh
case $* in
*InactiveExit*) echo 0 ;;
*is-system-running*) echo running ;;
*) echo masked ;;
esac
END
