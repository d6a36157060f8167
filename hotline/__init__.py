"""The application: command line, wiring of the roles, local parts, demo. The only room that knows every other."""
