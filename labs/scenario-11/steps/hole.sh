echo "lab-lock $(dpkg-query -W -f '${Version}' lab-lock)"
echo "$ lab-lock wrong-key"
lab-lock wrong-key
