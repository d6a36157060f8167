"""What runs inside Asterisk: provisioning, configuration, dialplan, sounds; and one running instance of it."""
