"""Mamori: an inbox worker that protects support staff from customer harassment."""

__version__ = "0.1.0"
