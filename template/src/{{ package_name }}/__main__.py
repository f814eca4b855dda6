"""Run the command line as `python -m` does."""

from .cli import main

if __name__ == "__main__":
    main()
