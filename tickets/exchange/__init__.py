"""Outside: platforms that hand over tickets by signed requests, and citizens who ask how theirs stands."""
