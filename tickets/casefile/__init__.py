"""The sealed case file of a ticket: everything about it in one ZIP that shows whether anything was changed."""
