"""UTF-8 bytes to text, and plain-text files: one document a file."""

from __future__ import annotations

import codecs

from hybrid_ner.errors import InputError
from hybrid_ner.schema import Document

BOM = codecs.BOM_UTF8
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(data: bytes, name: str, *, shown: str | None = None) -> Document:
    """A plain-text file as a document.

    Args:
        data: the whole file. A byte order mark is left out, line ends are kept, so offsets count what follows
        it. name: the document's id.
        shown: what messages call the file, where it is not `name`.

    Returns:
        The document, with `.error` set when the bytes are not UTF-8.
    """
    bom = len(BOM) if data.startswith(BOM) else 0
    try:
        return Document(text=decode(data[bom:], shown or name, offset=bom), id=name)
    except InputError as error:
        return Document(text="", id=name, error=str(error))


def decode(data: bytes, where: str, *, offset: int = 0) -> str:
    """UTF-8 bytes as text.

    Args:
        data: the bytes.
        where: the file (and line) for the message.
        offset: where in the file `data` begins, in bytes.

    Raises:
        InputError: not UTF-8; the message names the offset of the first bad byte in the file.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        coding = "UTF-16" if data.startswith(_UTF16) else "LATIN1"
        raise InputError(
            f"{where}: not UTF-8: byte 0x{data[error.start]:02x} at byte offset {offset + error.start}; "
            f"convert it first, for example: iconv -f {coding} -t UTF-8"
        ) from error


def is_valid_unicode(text: str) -> bool:
    """False for a text with half of a surrogate pair, which no encoding can carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
