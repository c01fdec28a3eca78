echo "managers: $(docker info --format '{{.Swarm.Managers}}'), nodes: $(docker info --format '{{.Swarm.Nodes}}')"
echo "listens on: $(ss -ltnH | grep -o ':\(2377\|7946\) ' | sort -u | tr -d '\n')"
echo "certificate until $(openssl x509 -noout -enddate -in /var/lib/docker/swarm/certificates/swarm-node.crt | cut -d = -f 2)"
echo "its own state: $(du -sh /var/lib/docker/swarm | cut -f 1)"
echo "networks: $(docker network ls --format '{{.Name}}' | grep -E 'ingress|gwbridge' | tr '\n' ' ')"
docker swarm leave --force
rm -rf /root/shop
