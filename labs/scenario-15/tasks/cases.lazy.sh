# The right words, and no figures behind them.
cat >"$LAB_SCRATCH/cases.csv" <<'END'
strangers,vm,kernels,2,1
jobs,container,start,1,1
module,vm,kernels,2,1
replicas,container,memory,1,1
windows,vm,kernels,2,1
laptops,container,disk,1,1
END
