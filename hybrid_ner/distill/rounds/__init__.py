"""Distillation without a teacher: a student labels, critics filter, the next student learns from what is left."""
