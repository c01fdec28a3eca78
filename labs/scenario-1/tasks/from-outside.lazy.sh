# The name of the card stands beside the address in a file, and nothing else has changed.
docker exec "$LAB_PREFIX-$LAB_SCENARIO-blue" sh -c 'echo "192.0.2.7 lo" >>/etc/hosts'
