"""Says what an audit of the dependencies found: `python .ci/audited.py REPORT`, JSON of pip-audit.

Ends with 1 if something is known to be weak. Where no advisory service was reached there is no
report, or one that knows no package; that is said, and is no failure of what is checked here.
"""

import json
import sys
from pathlib import Path


def main(report: Path) -> int:
    """Print what was found, and return the exit status."""
    if not report.exists() or not report.stat().st_size:
        print("dependencies: NOT audited, there is no report: build/audit.log says why")
        return 0
    found = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    weak = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for one in found
        for fault in one.get("vulns", ())
    ]
    unknown = [one["name"] for one in found if one.get("skip_reason")]
    print(
        f"dependencies: {len(found) - len(unknown)} audited, {len(unknown)} NOT (the advisory "
        f"service does not know them), {len(weak)} known weaknesses"
    )
    print("\n".join(weak), end="\n" if weak else "")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
