"""Who labels passages: one file a kind of teacher, one protocol; and what becomes of the answers."""
