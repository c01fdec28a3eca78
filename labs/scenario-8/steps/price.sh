# Time a loop in the container, seven times each way.
echo "in box: as built for this CPU, then translated"
docker exec -i "$LAB_PREFIX-$LAB_SCENARIO-box" python3 - >"$LAB_DATA" <<'END'
import json
import subprocess
import time

LOOP = ["sh", "-c", "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"]
WAYS = {
    "built for this CPU": ["/srv/cpu/busybox.amd64", *LOOP],
    "arm64, translated": ["qemu-aarch64-static", "/srv/cpu/busybox.arm64", *LOOP],
}


def seconds(command):
    started = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - started


series = {name: [seconds(command) for _ in range(7)] for name, command in WAYS.items()}
note = "User-mode emulation on the host's own CPU; no VM takes part in it."
print(json.dumps([{"title": "30,000 rounds of a loop", "unit": "s", "kind": "samples", "series": series, "note": note}]))
END
