"""The average of trained students: one network with what several runs from the same start have in common.

Runs that begin at the same weights end in the same basin, where the mean of their weights does at least as well as any
of them (Wortsman et al., 2022, "Model soups"); the start itself may be among them (WiSE-FT).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.training.restore import read_record, read_weights


def average(members: Sequence[str | Path], shares: Sequence[float], output: str | Path) -> Path:
    """Writes a run folder with the weighted mean of the members' weights, to be exported as any other.

    Args:
        members: folders of runs or of exported students, the first being the one whose record the average carries on.
        shares: how much each counts, in proportion.

    Raises:
        UsageError: fewer than two members, as many shares as members are not given or not positive, or `output` holds
            a run.
        ModelError: a member that cannot be read, or is of another network than the first.
    """
    import torch
    from safetensors.torch import save_file

    members, output = [Path(member) for member in members], Path(output)
    if len(members) < 2:
        raise UsageError(f"{len(members)} student to average; accepted: two and more")
    if len(shares) != len(members) or not all(share > 0 for share in shares):
        raise UsageError(f"shares are {list(shares)} for {len(members)} students; accepted: one above 0 for each")
    if (output / "record.json").exists():
        raise UsageError(f"{str(output)!r} holds a run already; give another --output")
    parts = [share / sum(shares) for share in shares]
    states = [read_weights(member) for member in members]
    for member, state in zip(members, states, strict=True):
        if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in states[0].items()}:
            raise ModelError(f"{str(member)!r} and {str(members[0])!r} are of different networks")
    mean = {
        name: torch.stack([part * state[name].double() for part, state in zip(parts, states, strict=True)])
        .sum(0)
        .to(value.dtype)
        for name, value in states[0].items()
    }
    records = [read_record(member) for member in members]
    told = [
        {"share": round(part, 4), "seed": record["config"]["seed"], "steps": record["steps"], "rows": record["rows"]}
        for part, record in zip(parts, records, strict=True)
    ]
    output.mkdir(parents=True, exist_ok=True)
    save_file(mean, output / "student.safetensors")
    record = {key: value for key, value in records[0].items() if key != "parity"}
    note = "Its weights are an average: " + ", ".join(
        f"{one['share']:.0%} of a run with seed {one['seed']} ({one['steps']} steps)" for one in told
    )
    notes = " ".join(filter(None, (record.get("notes"), note + ".")))
    (output / "record.json").write_text(json.dumps({**record, "averaged": told, "notes": notes}, indent=1), "utf-8")
    return output
