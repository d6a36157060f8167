"""Who answers: queues, agents' states and the ACD engine that matches call and agent, with the reason on record."""
