"""Prompts are data: versioned templates in `templates/`, or a file of the same form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hybrid_ner.distill.settings import read_yaml
from hybrid_ner.errors import UsageError

_FOLDER = Path(__file__).parent / "templates"
_PLACE = "{passage}"


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt: `user` has the place {passage}; `system` may be empty. A changed text is a new version."""

    name: str
    version: int
    system: str
    user: str

    def messages(self, passage: str) -> list[dict[str, str]]:
        """The conversation that asks about a passage."""
        asked = {"role": "user", "content": self.user.replace(_PLACE, passage)}
        return [{"role": "system", "content": self.system}, asked] if self.system else [asked]


def load_template(name: str) -> Template:
    """A template by name, or from a YAML file with name, version, system and user.

    Raises:
        UsageError: there is none of that name, or the file is not of that form.
    """
    path = _FOLDER / f"{name}.yaml"
    if Path(name).name != name or not path.is_file():
        path = Path(name)
        if path.suffix not in (".yaml", ".yml"):
            names = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
            raise UsageError(f"no prompt template {name!r}; accepted: {names}, or a .yaml file")
    values = read_yaml(path)
    template = Template(*(values.get(key) for key in ("name", "version", "system", "user")))
    texts = (template.name, template.user, template.system or "")
    if not all(isinstance(t, str) for t in texts) or type(template.version) is not int:
        raise UsageError(f"{path}: a template has name, version (a whole number), user, and system if it likes")
    if template.user.count(_PLACE) != 1:
        raise UsageError(f"{path}: the user's text must have the place {_PLACE} once")
    return template
