# One new image, and every container made afresh from it.
patched=$LAB_PREFIX-$LAB_SCENARIO-patched
docker build --quiet --tag "$patched" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" - <<END
FROM $LAB_IMAGE_ONE
RUN dpkg --install /srv/patches/lab-lock_1.1_all.deb
END
sh "$LAB_FOLDER/files/renew.sh" "$patched" "$LAB_PREFIX-$LAB_SCENARIO-one" "$LAB_PREFIX-$LAB_SCENARIO-two"
