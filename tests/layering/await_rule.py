"""Rule 0: no `{...}` initialiser and no capturing lambda inside a `co_await` statement, no `co_await` in a loop's condition.

g++ 12 destroys such a temporary twice; in the condition of a `while`, `do` or `for` it does so with what is awaited itself
(with some loop bodies, silently). This finds them in the tokens alone: it follows brackets, tells a block from an
initialiser by what stands before the `{`, and looks at each statement that awaits. What stands in a lambda's own body
belongs to that body's statements.
"""

from dataclasses import dataclass, field

from cpp_source import tokens

_HEADS = {"if", "while", "for", "switch", "catch"}
_BLOCK_WORDS = {"else", "do", "try", "mutable", "noexcept", "const", "override", "final", "volatile", "constexpr"}
_SCOPE_WORDS = {"namespace", "class", "struct", "union", "enum", "concept", "extern"}
_OPERAND_WORDS = {"return", "co_return", "co_await", "co_yield", "case", "else", "do", "throw", "in"}


@dataclass
class Statement:
    """One statement, or the head of an `if`, or one part of the head of a `for`."""

    awaits: int = 0  # the line of its co_await
    held: list = field(default_factory=list)  # (line, what) of braces and lambdas in it
    words: list = field(default_factory=list)  # its own tokens so far, without those in brackets
    repeats: bool = False  # a loop's condition or step


@dataclass
class Frame:
    """An open bracket."""

    kind: str  # "block", "braces", "paren" or "square"
    statement: Statement
    head: str = ""  # "if", "for", "while"...: the parenthesis of one
    lambda_next: bool = False  # a lambda introducer was read, its body is still to come
    lambda_body: bool = False
    starts_lambda: bool = False  # a "square" that introduces a lambda
    empty: bool = True
    line: int = 0


class _Reader:
    def __init__(self, source):
        self.tokens = tokens(source)
        self.statements = [Statement()]
        self.frames = [Frame("block", self.statements[0])]

    def read(self):
        for number, token in enumerate(self.tokens):
            before = self.tokens[number - 1] if number else None
            after = self.tokens[number + 1] if number + 1 < len(self.tokens) else None
            self._take(token, before, after)
        return sorted((statement.awaits, line, what) for statement in self.statements if statement.awaits
                      for line, what in statement.held)

    def _take(self, token, before, after):
        top = self.frames[-1]
        if token.text not in (")", "]", "}"):
            top.empty = False
        if token.kind in ("text", "char", "number"):
            top.statement.words.append(token)
            return
        if token.text == "co_await":
            top.statement.awaits = top.statement.awaits or token.line
            if top.statement.repeats:
                top.statement.held.append((token.line, "a loop's condition"))
        if token.text == "(":
            self._open_paren(before)
        elif token.text == "[":
            self._open_square(token, before, after)
        elif token.text == "{":
            self._open_brace(token, before)
        elif token.text in (")", "]", "}"):
            self._close(token)
        elif token.text == ";" and (top.kind == "block" or top.head):
            self._next_statement(top)
        else:
            top.statement.words.append(token)

    def _open_paren(self, before):
        top = self.frames[-1]
        words = [word.text for word in top.statement.words[-2:]]
        head = ""
        if top.kind == "block" and before is not None:
            head = "if" if words == ["if", "constexpr"] else before.text if before.text in _HEADS else ""
        frame = Frame("paren", self._new_statement() if head else top.statement, head=head)
        frame.statement.repeats = frame.statement.repeats or head == "while"
        self.frames.append(frame)

    def _open_square(self, token, before, after):
        attribute = after is not None and after.text == "["
        inside_attribute = before is not None and before.text == "["
        introduces = not attribute and not inside_attribute and _introduces_lambda(before, self.frames[-1])
        self.frames.append(Frame("square", self.frames[-1].statement, starts_lambda=introduces, line=token.line))

    def _open_brace(self, token, before):
        top = self.frames[-1]
        if top.lambda_next:
            top.lambda_next = False
            self.frames.append(Frame("block", self._new_statement(), lambda_body=True))
        elif top.kind == "block" and _opens_block(top.statement.words, before):
            self.frames.append(Frame("block", self._new_statement()))
        elif top.kind != "block" and _requires_body(top.statement.words, before):
            self.frames.append(Frame("block", self._new_statement(), lambda_body=True))
        else:
            top.statement.held.append((token.line, "a braced initialiser"))
            self.frames.append(Frame("braces", top.statement))

    def _close(self, token):
        if len(self.frames) == 1:
            return  # unbalanced: the compiler will complain
        closed = self.frames.pop()
        top = self.frames[-1]
        if closed.starts_lambda:
            if not closed.empty:
                top.statement.held.append((closed.line, "a capturing lambda"))
            top.lambda_next = True
        elif closed.kind == "block" and not closed.lambda_body and top.kind == "block":
            self._next_statement(top)
        elif closed.head:
            self._next_statement(top)
            top.statement.words.append(token)  # `) {` opens a block
            return
        top.statement.words.append(token)

    def _new_statement(self):
        statement = Statement()
        self.statements.append(statement)
        return statement

    def _next_statement(self, frame):
        frame.statement = self._new_statement()
        frame.statement.repeats = frame.head == "for"  # behind the first `;` of its head
        frame.lambda_next = False


def _introduces_lambda(before, top):
    if before is None:
        return True
    if before.text in ("&", "&&"):
        words = [word.text for word in top.statement.words[-2:]]
        return words[:1] != ["auto"]  # `auto& [a, b]` is a structured binding
    if before.kind == "word":
        return before.text in _OPERAND_WORDS
    return before.kind == "sign" and before.text not in (")", "]", ">")


def _opens_block(words, before):
    """Whether a `{` at statement level opens a block, and not an initialiser."""
    if before is None or before.text in (";", "{", "}"):
        return True
    texts = [word.text for word in words]
    if before.text == ")" or before.text in _BLOCK_WORDS:
        return True
    if before.text in ("&", "&&") and ")" in texts:
        return True  # a ref-qualified member function
    if texts[:1] == ["template"] or set(texts) & _SCOPE_WORDS:
        return "=" not in texts
    if before.text == ":" and texts[:1] and texts[0] in ("case", "default", "public", "private", "protected"):
        return True
    return "->" in texts and ")" in texts and "=" not in texts and texts.index(")") < texts.index("->") and not (
        set(texts) & {"co_await", "return", "co_return"})


def _requires_body(words, before):
    return before is not None and (before.text == "requires" or (
        before.text == ")" and any(word.text == "requires" for word in words)))


def violations(source):
    """(line of the co_await, line of what it holds, what) for each break of rule 0."""
    return _Reader(source).read()
