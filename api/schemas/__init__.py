"""What goes over the wire: request and response models shared by several routes."""
