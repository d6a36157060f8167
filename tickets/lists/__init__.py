"""Lists of tickets: inboxes, filters, saved views. Pages are by key, never by offset."""
