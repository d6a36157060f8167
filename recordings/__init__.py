"""What was said, kept: custody of recordings, retention, legal hold, access log."""
