#!/usr/bin/env python3
"""Show the requests by which the same VM would be rented from EC2. Nothing is sent."""

import json
import os
from pathlib import Path

folder = Path(os.environ["LAB_FOLDER"], "ec2")


def request(name):
    return json.loads((folder / name).read_text())


disk = request("import-snapshot.json")["DiskContainer"]
print(f"aws ec2 import-snapshot   {disk['UserBucket']['S3Key']} from a bucket, format {disk['Format']}")
image = request("register-image.json")
volume = image["BlockDeviceMappings"][0]["Ebs"]
print(f"aws ec2 register-image    {image['Architecture']}, {image['BootMode']}, disk of {volume['VolumeSize']} GiB")
for size in "small", "large":
    run = request(f"run-{size}.json")
    cpus = run["CpuOptions"]["CoreCount"] * run["CpuOptions"]["ThreadsPerCore"]
    print(f"aws ec2 run-instances     {size}: {run['InstanceType']} with {cpus} processor{'s' * (cpus > 1)}")
