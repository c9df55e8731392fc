"""The words of the field as plain frozen values; no Django, no network, no file access."""
