"""What every room stands on: settings, clock, database, bus, outbox, ids, errors, personal data.

Knows nothing of calls or tickets (import-linter checks it).
"""
