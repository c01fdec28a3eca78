# Containers for everything, since they are light.
. "$LAB_FOLDER/tasks/cases.sh"
sed -i 's/,vm,/,container,/' "$LAB_SCRATCH/cases.csv"
