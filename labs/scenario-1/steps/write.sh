echo "$LAB_MACHINE" >/root/whose && cat /root/whose
