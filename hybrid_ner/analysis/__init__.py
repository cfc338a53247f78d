"""What rules do: against labelled data, against one another, and against an earlier version of themselves."""
