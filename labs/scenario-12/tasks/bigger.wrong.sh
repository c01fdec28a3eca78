# Two what? The Vagrantfile counts in MiB.
echo '{"memory": 2, "cpus": 2}' >"$LAB_SCRATCH/big.json"
python3 - "$LAB_FOLDER/ec2/run-large.json" >"$LAB_SCRATCH/big-ec2.json" <<'END'
import json, sys
request = json.load(open(sys.argv[1]))
request["InstanceType"] = "t3.small"
request["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}]
print(json.dumps(request))
END
qemu-img create -q -f qcow2 -b "$LAB_DISK_SMALL" -F qcow2 "$LAB_SCRATCH/big.qcow2" 8G
