"""The web desk: reads and asks; every change goes through a service."""
