# The clock runs in the VM; the host only draws what it measured.
series=$(ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" python3 - <"$LAB_FOLDER/steps/heal.py") || exit
note="Measured inside the VM."
[ "$LAB_HYPERVISOR" = qemu ] && note="The VM is emulated in software: these times are many times those of a real machine."
cat >"$LAB_DATA" <<END
[{"title": "From the death to a new start", "unit": "s", "kind": "samples", "series": $series, "note": "$note"}]
END
ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" \
    "docker service ls --format '{{.Name}}: {{.Replicas}} replicas'; docker service ps shop -q | wc -l | sed 's/\$/ containers in its history/'"
