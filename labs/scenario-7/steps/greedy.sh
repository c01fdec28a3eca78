# Ask for more than was given: in one piece, then in steps of 16 MiB. What was got is written to.
free -m | awk '/^Mem/ {print "free says: " $7 " MiB available"}'
ask() {
    python3 - "$1" <<'END'
import sys
step = int(sys.argv[1])
open("/proc/self/oom_score_adj", "w").write("1000")  # if one is to be killed, then this program
memory, got = [], 0
try:
    while got < 1200:
        memory.append(b"x" * (step << 20))
        got += step
    print("got all of it")
except MemoryError:
    print(f"refused: MemoryError, after {got} MiB")
END
    status=$?
    if [ $status = 137 ]; then echo "killed (status 137)"; else echo "status $status"; fi
}
echo "1200 MiB in one piece:"
ask 1200
echo "1200 MiB in steps of 16:"
ask 16
