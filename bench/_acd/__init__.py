"""The parts of `bench.acd`: the real servers, callers, agents' phones, the two queues, and the figures."""
