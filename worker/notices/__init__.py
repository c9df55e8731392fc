"""Letters from draft to sent: approved by a second person, sent at most once."""
