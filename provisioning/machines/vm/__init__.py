"""The virtual machine: booted by Vagrant once, kept as a memory snapshot, started from that ever after."""
