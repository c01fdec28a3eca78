echo hush >/data/secret && chown learner /data/secret && chmod 600 /data/secret
