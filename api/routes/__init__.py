"""Routes, one module a subject. Each maps HTTP to one use case of a room and back."""
