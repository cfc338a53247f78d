"""Ablations: what each part is worth. A module a question, each giving the variants that answer it."""
