name="$LAB_PREFIX-$LAB_SCENARIO" labels="--label lab.name=$LAB_PREFIX --label lab.scenario=$LAB_SCENARIO"
run() { docker run --detach --init $labels --volume "$LAB_FOLDER/files:/lesson:ro" "$@"; }
run --network "container:$name-back" --name "$name-door" "$LAB_IMAGE_BACK" python3 -c 'import socket
server = socket.create_server(("", 7001))
while True:
    visitor, _ = server.accept()
    with visitor, socket.create_connection(("127.0.0.1", 7000)) as service:
        while told := service.recv(4096):
            visitor.sendall(told)'
until docker exec "$name-door" ss -Hltn | grep ':7001 '; do sleep 0.1; done
