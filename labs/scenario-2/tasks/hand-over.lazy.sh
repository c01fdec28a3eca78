# Hidden from everybody, the learner too.
echo hush >/data/secret && chmod 600 /data/secret
