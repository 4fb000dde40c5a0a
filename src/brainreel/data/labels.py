"""What labels are called, and their colours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """What a table says of a label; colour and opacity are 0..1."""

    label: int
    name: str
    color: tuple[float, float, float]
    opacity: float = 1.0


@dataclass(frozen=True)
class LabelTable:
    """Names and colours of labels."""

    name: str
    entries: tuple[LabelEntry, ...]
    digest: str

    def fingerprint(self) -> str:
        """A hex digest of the entries."""
        return self.digest
