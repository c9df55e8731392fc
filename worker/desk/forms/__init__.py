"""What people fill in: each form checks its fields and nothing else; services check the rest."""
