"""Phones made of software: pyVoIP with its faults cured, and a small SIP user agent of our own for tests and demo."""
