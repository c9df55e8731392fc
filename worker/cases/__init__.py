"""Assessments, cases and the decisions of people."""
