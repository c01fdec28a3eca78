mkdir out

echo "built"
