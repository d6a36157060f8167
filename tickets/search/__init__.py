"""Full-text search in Chinese over masked text: bigrams, a GIN index on PostgreSQL, FTS5 on SQLite."""
