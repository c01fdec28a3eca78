# Two what? The Vagrantfile counts in MiB.
echo '{"memory": 2, "cpus": 2}' >"$LAB_SCRATCH/big.json"
sed 's/t3.micro/t3.small/' "$LAB_FOLDER/ec2/run-large.json" >"$LAB_SCRATCH/big-ec2.json"
