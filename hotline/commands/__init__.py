"""The subcommands of `hotline`, one file a subject. Each ends with what to do next."""
