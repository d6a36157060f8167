"""The long-running roles: engine, switch, speech, clock, api. Each is a coroutine that runs until told to stop."""
