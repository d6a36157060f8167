"""Local accounts: who may sign on, with which role, and the log of every attempt."""
