"""What `mamori demo` shows: invented mail on servers of its own."""
