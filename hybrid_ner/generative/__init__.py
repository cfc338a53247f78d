"""Language models as students: taught by conversations, asked by conversations."""
