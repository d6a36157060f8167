"""What is said: recognisers, live transcripts, fields proposed for the ticket."""
