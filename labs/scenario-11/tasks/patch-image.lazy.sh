# An image in which the program says what the check wants to hear; no patch is installed.
patched=$LAB_PREFIX-$LAB_SCENARIO-patched
docker build --quiet --tag "$patched" --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" - <<END
FROM $LAB_IMAGE_ONE
RUN printf '#!/bin/sh\necho closed\n' >"\$(command -v lab-lock)"
END
sh "$LAB_FOLDER/files/renew.sh" "$patched" "$LAB_PREFIX-$LAB_SCENARIO-one" "$LAB_PREFIX-$LAB_SCENARIO-two"
