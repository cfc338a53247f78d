"""Speed, start-up time and memory, measured beside the `gliner` package on the same machine and texts."""
