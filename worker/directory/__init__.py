"""Who is who: our people and their roles, client organisations, counterparts, and the audit log."""
