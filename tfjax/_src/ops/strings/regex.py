r"""Regular expressions in RE2's syntax, run by Python's `re`.

RE2 reads UTF-8, takes `\d`, `\w`, `\s`, `\b` for ASCII, knows classes such as `[[:alpha:]]` and `\pL`, and
has neither look-around nor back-references. A pattern is translated once.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import Name, Static, String
from tfjax._src.eager.op import op
from tfjax._src.ops.strings.elements import all_ascii, encoded, mapped, text

_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}
_PERL = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}


class _Translator:
    """Reads a pattern once from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.out: list[str] = []
        self.ungreedy = False
        self.opened = 0

    def error(self, text: str) -> Exception:
        return re.error(text)

    def run(self) -> str:
        while self.at < len(self.pattern):
            self.step()
        return "".join(self.out) + ")" * self.opened

    def step(self) -> None:
        c = self.pattern[self.at]
        if c == "\\":
            self.escape()
        elif c == "[":
            self.out.append(self.bracket())
        elif c == "(" and self.pattern.startswith("(?", self.at):
            self.group()
        elif c == "$":
            self.at += 1
            self.out.append("$" if self.multiline() else r"\Z")
        elif c in "*+?" and self.ungreedy:
            self.at += 1
            lazy = self.pattern.startswith("?", self.at)
            self.at += lazy
            self.out.append(c if lazy else c + "?")
        else:
            self.at += 1
            self.out.append(c)

    def multiline(self) -> bool:
        return "(?m" in self.pattern or re.search(r"\(\?[a-zA-Z]*m", self.pattern) is not None

    def group(self) -> None:
        rest = self.pattern[self.at :]
        for bad in ("(?=", "(?!", "(?<=", "(?<!"):
            if rest.startswith(bad):
                raise self.error(f"invalid perl operator: {bad[:3] if bad[2] != '<' else bad}")
        flags = re.match(r"\(\?([imsU]*)(-[imsU]+)?([:)])", rest)
        if flags is None:
            self.out.append("(?P<" if rest.startswith("(?<") else rest[: 4 if rest.startswith("(?P<") else 2])
            self.at += 3 if rest.startswith("(?<") else 4 if rest.startswith("(?P<") else 2
            return
        on, off = flags[1], (flags[2] or "-")[1:]
        self.ungreedy = ("U" in on) or (self.ungreedy and "U" not in off)
        on, off = on.replace("U", ""), off.replace("U", "")
        head = f"(?{on}{'-' + off if off else ''}:" if on or off else "(?:"
        if flags[3] == ")":
            # It holds up to the end; Python needs a group for that.
            self.opened += 1
        self.out.append(head)
        self.at += len(flags[0])

    def escape(self) -> None:
        rest = self.pattern[self.at + 1 : self.at + 2]
        if not rest:
            raise self.error("trailing \\")
        if rest == "Q":
            end = self.pattern.find("\\E", self.at)
            literal = self.pattern[self.at + 2 : end if end >= 0 else len(self.pattern)]
            self.out.append(re.escape(literal))
            self.at = end + 2 if end >= 0 else len(self.pattern)
        elif rest in "123456789":
            raise self.error(f"invalid escape sequence: \\{rest}")
        elif rest == "C":
            self.at += 2
            self.out.append(r"[\s\S]")
        elif rest in "AbBz":
            self.at += 2
            self.out.append("\\" + ("Z" if rest == "z" else rest))
        else:
            content, negated = self.class_escape()
            self.out.append(f"[{'^' if negated else ''}{content}]" if content is not None else self.single)

    def class_escape(self) -> tuple[str | None, bool]:
        """(content of a class, negated) of an escape; (None, False) leaves one character in `single`."""
        c = self.pattern[self.at + 1]
        if c.lower() in _PERL and c not in "pP":
            self.at += 2
            return _PERL[c.lower()], c.isupper()
        if c in "pP":
            match = re.match(r"\\[pP](?:\{(\^?)(\w+)\}|(\w))", self.pattern[self.at :])
            if match is None:
                raise self.error(f"invalid character class range: {self.pattern[self.at:]}")
            self.at += len(match[0])
            return _property(match[2] or match[3]), (c == "P") != bool(match[1])
        match = re.match(r"\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|0([0-7]{0,2}))", self.pattern[self.at :])
        if match is not None:
            code = int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3] or "0", 8)
            self.at += len(match[0])
            self.single = re.escape(chr(code))
            return None, False
        self.at += 2
        if c in "aftnrv":
            self.single = "\\" + c
        elif c.isalnum():
            raise self.error(f"invalid escape sequence: \\{c}")
        else:
            self.single = re.escape(c)
        return None, False

    single = ""

    def bracket(self) -> str:
        start = self.at
        self.at += 1
        inner, union = ["["], []
        if self.pattern.startswith("^", self.at):
            inner.append("^")
            self.at += 1
        first = True
        while True:
            if self.at >= len(self.pattern):
                raise self.error(f"missing ]: {self.pattern[start:]}")
            c = self.pattern[self.at]
            if c == "]" and not first:
                self.at += 1
                break
            first = False
            posix = re.match(r"\[:(\^?)(\w+):\]", self.pattern[self.at :])
            if posix is not None:
                if posix[2] not in _POSIX:
                    raise self.error(f"invalid character class range: {posix[0]}")
                self.at += len(posix[0])
                (union if posix[1] else inner).append(_POSIX[posix[2]])
            elif c == "\\":
                content, negated = self.class_escape()
                if content is None:
                    inner.append(self.single)
                else:
                    (union if negated else inner).append(content)
            else:
                self.at += 1
                inner.append("\\" + c if c in "[&~|" else c)
        return _class("".join(inner) + "]", union)


def _class(plain: str, negated: list[str]) -> str:
    """A class together with the complements of other classes."""
    if not negated:
        return plain
    if plain.startswith("[^"):
        # Not in the plain part, and in each of the others.
        rest = "".join([f"(?=[{content}])" for content in negated])
        return f"(?:{rest}{plain})" if plain != "[^]" else f"(?:{rest}[\\s\\S])"
    parts = ([plain] if plain != "[]" else []) + [f"[^{content}]" for content in negated]
    return f"(?:{'|'.join(parts)})"


@functools.cache
def _property(name: str) -> str:
    """The content of a class of all characters of a Unicode category or script."""
    if re.fullmatch(r"[A-Z][a-z]?", name):
        belongs: Callable[[int], bool] = lambda code: unicodedata.category(chr(code)).startswith(name)
    elif name == "Any":
        return r"\s\S"
    else:
        from tfjax._src.ops.strings import scripts

        wanted = scripts.number_of(name)
        if wanted is None:
            raise re.error(f"invalid character class range: \\p{{{name}}}")
        belongs = lambda code: scripts.script_of(code) == wanted
    ranges, start = [], None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and belongs(code)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)


class Pattern:
    """A compiled pattern, for bytes (where all is ASCII) and for text."""

    def __init__(self, pattern: str) -> None:
        try:
            translated = _Translator(pattern).run()
            self.text = re.compile(translated, re.ASCII)
            self.groups = self.text.groups
            self.bytes = re.compile(translated.encode()) if translated.isascii() and "\\U" not in translated else None
        except re.error as error:
            raise InvalidArgumentError(None, None, f"Invalid pattern: {pattern}, error: {_reason(str(error), pattern)}") from None

    def full(self, value: bytes) -> bool:
        """Whether the whole of `value` matches."""
        if self.bytes is not None and value.isascii():
            return self.bytes.fullmatch(value) is not None
        return self.text.fullmatch(text(value)) is not None


def _reason(message: str, pattern: str) -> str:
    """RE2's words for what Python says."""
    if message.startswith("nothing to repeat"):
        place = re.search(r"position (\d+)", message)
        rest = pattern[int(place[1]) :] if place else pattern
        return f"no argument for repetition operator: {rest[:1] or pattern[:1]}"
    if message.startswith(("missing ), unterminated", "missing )")):
        return f"missing ): {pattern}"
    if message.startswith("unbalanced parenthesis"):
        return f"unexpected ): {pattern}"
    return message


@functools.lru_cache(maxsize=256)
def compiled(pattern: Any) -> Pattern:
    """The compiled form of a pattern."""
    return Pattern(text(pattern))


@functools.lru_cache(maxsize=256)
def _rewrite(rewrite: str, groups: int) -> tuple[str, bool] | None:
    """(Python's template, True if it is plain text); None if nothing may be replaced."""
    parts, plain, at = [], True, 0
    while at < len(rewrite):
        c = rewrite[at]
        if c != "\\":
            parts.append(c)
            at += 1
            continue
        following = rewrite[at + 1 : at + 2]
        if following.isdigit():
            if int(following) > groups:
                return None
            parts.append(f"\\g<{following}>")
            plain = False
        elif following == "\\":
            parts.append("\\\\")
            plain = False
        else:
            return "", True
        at += 2
    return "".join(parts), plain


def replacer(pattern: Pattern, rewrite: str, every: bool, plain: bool) -> Callable[[bytes], bytes]:
    """A function that replaces matches; `plain` says that all strings are ASCII."""
    template = _rewrite(rewrite, pattern.groups)
    if template is None:
        return lambda value: value
    change, count = template[0], 0 if every else 1
    as_bytes = encoded(change)
    empty = pattern.text.search("") is not None
    if plain and pattern.bytes is not None and not empty:
        substitute = pattern.bytes.sub
        return lambda value: substitute(as_bytes, value, count)

    def replace(value: bytes) -> bytes:
        if pattern.bytes is not None and value.isascii():
            return _substituted(pattern.bytes, as_bytes, value, count) if empty else pattern.bytes.sub(as_bytes, value, count)
        string = text(value)
        found = _substituted(pattern.text, change, string, count) if empty else pattern.text.sub(change, string, count)
        return encoded(found)

    return replace


def _substituted(pattern: Any, template: Any, value: Any, count: int) -> Any:
    """As `sub`, but an empty match right behind another one does not count."""
    end = -1

    def change(match: Any) -> Any:
        nonlocal end
        behind = match.start() == match.end() == end
        end = match.end()
        return value[:0] if behind else match.expand(template)

    return pattern.sub(change, value, count)


@op("strings.regex_replace", raw="StaticRegexReplace", device=False, differentiable=False)
def regex_replace(input: String, pattern: Static, rewrite: Static, replace_global: Static = True, name: Name = None):
    r"""Matches of a pattern replaced; `\\1` in `rewrite` is a group, `\\0` the whole match.

    Args:
      input: strings.
      pattern: a regular expression in RE2's syntax.
      rewrite: what stands in place of a match.
      replace_global: False replaces the first match only.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.strings.regex_replace("a1b2", "[0-9]", "#").numpy()
    b'a#b#'
    """
    plain = all_ascii(input.reshape(-1).tolist())
    return mapped(replacer(compiled(pattern), text(rewrite), replace_global, plain), input)


@op("strings.regex_full_match", raw="StaticRegexFullMatch", device=False, differentiable=False)
def regex_full_match(input: String, pattern: Static, name: Name = None):
    """Whether each string as a whole matches a pattern in RE2's syntax.

    >>> import tfjax as tf
    >>> tf.strings.regex_full_match(["ab", "b"], "a.*").numpy()
    array([ True, False])
    """
    found = compiled(pattern)
    flat = input.reshape(-1).tolist()
    if found.bytes is not None and all_ascii(flat):
        match = found.bytes.fullmatch
        return np.array([match(s) is not None for s in flat], np.bool_).reshape(input.shape)
    return mapped(found.full, input, np.bool_)
