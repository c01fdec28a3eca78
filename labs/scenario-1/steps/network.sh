# All three hold port 8080 at the same time. Then each is asked from inside who answers there.
serve='import socket, sys
there, _ = socket.create_server(("", 8080)).accept()
there.sendall(sys.argv[1].encode())'
ask='import socket
print(socket.create_connection(("127.0.0.1", 8080), 10).recv(20).decode())'

inside() { # NAME COMMAND...
    name=$1 && shift
    case $name in
    vm) ssh -F "$LAB_SSH_CONFIG" "$LAB_PREFIX-$LAB_SCENARIO-vm" "$@" ;;
    *) docker exec --interactive "$LAB_PREFIX-$LAB_SCENARIO-$name" "$@" ;;
    esac
}

for each in vm red blue; do
    echo "$serve" | inside $each timeout 60 python3 - $each &
done
for each in vm red blue; do
    until inside $each ss -Hltn </dev/null | grep -q ':8080 '; do :; done
done
failed=0
for each in vm red blue; do
    address=$(inside $each ip -brief -4 address </dev/null | awk '$1 != "lo" {print $3}' | head -n 1)
    who=$(echo "$ask" | inside $each python3 -)
    printf '%-4s  %-18s  port 8080 is answered by %s\n' $each "$address" "$who"
    [ "$who" = $each ] || failed=1
done
wait
exit $failed
