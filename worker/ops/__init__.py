"""Keeping it alive: checks, health, running the processes."""
