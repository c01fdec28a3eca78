"""The containers of a scenario, by the `docker` command and by the SDK."""
