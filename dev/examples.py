"""`uv run examples`: an example project of each variant that the tests bring up, rendered to look at."""

import argparse
import json
import runpy
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from copier.errors import DirtyLocalWarning

from dev.project import REPOSITORY, render


def main(argv: Sequence[str] | None = None) -> int:
    """Render the variants that are named, or all, or list them as JSON; return 0."""
    parser = argparse.ArgumentParser(prog="examples", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("examples"))
    parser.add_argument("--only", action="append", metavar="NAME", help="a variant, for each")
    parser.add_argument("--list", action="store_true", help="only print the names, as JSON")
    arguments = parser.parse_args(argv)
    answers = variants()
    if unknown := set(arguments.only or ()) - set(answers):
        parser.error(
            f"no such variant: {', '.join(sorted(unknown))}; there are {', '.join(answers)}"
        )
    if arguments.list:
        print(json.dumps(list(answers)))
        return 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DirtyLocalWarning)  # whoever works on the template knows
        for name in arguments.only or answers:
            print(render(arguments.folder.absolute() / name, answers[name]))
    return 0


def variants() -> dict[str, dict[str, Any]]:
    """Return the answers of each variant in the tests' table."""
    table = runpy.run_path(str(REPOSITORY / "tests" / "variants.py"))["VARIANTS"]
    return {variant.name: variant.answers for variant in table}


if __name__ == "__main__":
    sys.exit(main())
