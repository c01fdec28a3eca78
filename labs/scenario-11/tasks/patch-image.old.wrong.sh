# A new image, and the containers of the old one go on.
docker build --quiet --tag "$LAB_PREFIX-$LAB_SCENARIO-patched" --label "lab.name=$LAB_PREFIX" \
    --label "lab.scenario=$LAB_SCENARIO" - <<END
FROM $LAB_IMAGE_ONE
RUN dpkg --install /srv/patches/lab-lock_1.1_all.deb
END
