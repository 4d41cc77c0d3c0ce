"""`python -m tastemaker` is the `tastemaker` command."""

from tastemaker.cli.main import main

if __name__ == "__main__":
    main()
