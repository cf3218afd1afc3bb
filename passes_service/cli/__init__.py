"""The `passes` command: one file per group of commands, each importing what it needs when run."""
