"""The plan of queues: which queues there are, whom they want, when they widen and overflow. Configuration, never code.

`document` is the validated, frozen plan; `reading` makes one from TOML or JSON or refuses it with line and reason;
`check` holds what makes a plan impossible; `hours` tells when a queue is open; `service` keeps the versions.
"""
