"""Where mail lies: IMAP accounts, archives, corpora. All are read by one port and never changed by reading."""
