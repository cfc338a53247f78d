"""`python -m hybrid_ner` is `hybrid-ner`; programs that start several processes want a module."""

from hybrid_ner.cli import main

if __name__ == "__main__":
    main()
