"""Parts of the measurement of tickets: made-up tickets, loading, timing."""
