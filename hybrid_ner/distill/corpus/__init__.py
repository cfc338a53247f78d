"""Raw text to passages: read, cut, filtered, each once, checked against evaluation corpora, sampled."""
