"""The engines behind `asr.recogniser`. Heavy libraries are loaded when an engine is opened, not on import."""
