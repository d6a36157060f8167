"""Requests that roles serve about themselves. Apart from the services, so that a role starts without loading them."""

ENGINE_STATE = "hotline/rpc/engine/state"
"""Asked for the state of engine and switch."""
SPEECH_STATE = "hotline/rpc/speech/state"
"""Asked for the recogniser that is loaded."""
RECORDER_STATE = "hotline/rpc/recorder/state"
"""Asked whether calls are recorded and noted (role `switch`)."""
