"""The directory of hotlines: merged, kept, linked and connected numbers, and where each may be transferred to."""
