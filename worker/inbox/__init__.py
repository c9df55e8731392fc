"""Stored mail: originals, messages, threads, and what is known of each mailbox."""
