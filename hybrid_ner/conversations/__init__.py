"""Conversations about a passage: what a generative student is taught with and asked by."""
