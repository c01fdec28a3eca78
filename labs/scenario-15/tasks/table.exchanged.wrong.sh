# The two columns exchanged.
. "$LAB_FOLDER/tasks/table.sh"
sed -i 's/,\(.*\),\(.*\)/,\2,\1/' "$LAB_SCRATCH/table.csv"
