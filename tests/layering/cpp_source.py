"""Reads C++ just far enough for the house rules: tokens, includes, text without comments and strings."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<line_comment>//(?:\\\n|[^\n])*)
    | (?P<block_comment>/\*.*?\*/)
    | (?P<raw>(?:u8|[uUL])?R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)")
    | (?P<text>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
    | (?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign>->|::|&&|\|\||[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


@dataclass
class Token:
    kind: str  # "text", "char", "number", "word" or "sign"
    text: str
    line: int


def tokens(source):
    """The tokens of `source`, without comments and preprocessor lines."""
    source = _without_directives(source)
    found = []
    line = 1
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:  # a stray quote: skip it, the compiler will complain
            position += 1
            continue
        kind = match.lastgroup if match.lastgroup != "fence" else "raw"
        text = match.group()
        if kind not in ("blank", "line_comment", "block_comment"):
            found.append(Token("text" if kind == "raw" else kind, text, line))
        line += text.count("\n")
        position = match.end()
    return found


def _without_directives(source):
    """Blanks out preprocessor lines, but not what looks like one inside a raw string or comment."""
    kept = []
    position = 0
    for match in _TOKEN_OR_DIRECTIVE.finditer(source):
        if match.group("directive") is not None:
            kept.append(source[position:match.start()])
            kept.append("\n" * match.group().count("\n"))
            position = match.end()
    kept.append(source[position:])
    return "".join(kept)


_TOKEN_OR_DIRECTIVE = re.compile(
    r"""
      (?P<skip>//(?:\\\n|[^\n])* | /\*.*?\*/ | R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)" | "(?:\\.|[^"\\\n])*")
    | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def code_only(source):
    """`source` with comments and the insides of strings replaced by blanks; lines keep their numbers."""

    def blank(match):
        text = match.group()
        if match.group("comment") is not None:
            return re.sub(r"[^\n]", " ", text)
        return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]

    return _COMMENT_OR_STRING.sub(blank, source)


_COMMENT_OR_STRING = re.compile(
    r"""
      (?P<comment>//(?:\\\n|[^\n])* | /\*.*?\*/)
    | R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)"
    | (?<!include\ )"(?:\\.|[^"\\\n])*"
    | (?<![\w])'(?:\\.|[^'\\\n])+'
    """,
    re.VERBOSE | re.DOTALL,
)


def includes(source):
    """(line, name, whether it is our own) of every #include."""
    found = []
    for match in _INCLUDE.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        found.append((line, match.group(1) or match.group(2), match.group(1) is not None))
    return found
