# As the colleague left it.
cp "$LAB_FOLDER/files/shop/Dockerfile" "$LAB_SCRATCH/Dockerfile"
