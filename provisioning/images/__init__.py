"""The base root file system, the images made from it, and the cache that keeps them."""
