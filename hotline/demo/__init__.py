"""`hotline demo`: the main job once, end to end, every step observed in the real parts."""
