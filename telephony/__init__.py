"""The switch seen from Python: AMI link, calls and legs, call control, audio taps, recording capture, phones."""
