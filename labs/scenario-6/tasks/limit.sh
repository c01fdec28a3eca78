docker update --memory 128m --memory-swap 128m "$LAB_PREFIX-$LAB_SCENARIO-open"
