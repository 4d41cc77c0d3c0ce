"""Months in seconds: schedules, arriving data, users and faults on one clock, and what must hold throughout."""
