"""Was it done: SMS surveys, manual callbacks, the rework ladder, SMS gateways."""
