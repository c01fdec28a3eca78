ip -brief -4 address | awk '{print $1, $3}'
python3 - <<'PYTHON'
import socket
with socket.create_server(("", 8080)):
    print("port 8080: mine")
PYTHON
