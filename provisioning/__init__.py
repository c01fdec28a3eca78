"""The driver behind ``lab.py``: one scenario, one virtual machine, its containers, one set of playbooks."""
