# The kind of machine stands first in the prompt: in a lesson about walls one should see on which side one is.
PS1='[$(cat /etc/lab-machine)] \u@\h:\w\$ '
