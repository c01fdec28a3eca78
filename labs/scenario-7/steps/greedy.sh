# Ask for more than was given, and write to all of it.
free -m | awk '/^Mem/ {print "free says: " $7 " MiB available"}'
echo "ask for 1200 MiB ..."
python3 -c '
try:
    memory = b"x" * (1200 << 20)
    print("got it")
except MemoryError:
    print("refused: MemoryError")
'
echo "status of the program: $?"
