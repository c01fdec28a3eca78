# Ask for 512 MiB in one piece, and touch it only afterwards.
python3 -c '
import mmap
try:
    held = mmap.mmap(-1, 512 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
except OSError as error:
    raise SystemExit(f"refused: {error.strerror}")
print("granted: 512 MiB; nothing of it is there yet", flush=True)
for at in range(0, len(held), mmap.PAGESIZE):
    held[at] = 1'
status=$?
echo "... ended with status $status"
case $LAB_KIND in
vm) [ $status = 1 ] ;; # what no swap and no memory could ever hold its kernel refuses
container) [ $status = 137 ] ;;
esac
