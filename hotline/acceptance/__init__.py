"""Examples of the regulations, led through the same rules that the services use.

`schema` reads a file, `course` leads a ticket through its events, `answers` says what the platform would show, `run`
compares. No rule stands here: only the words of the examples are translated.
"""
