#!/bin/bash
cat <<EOF
Total: 3
EOF
echo "sent"
