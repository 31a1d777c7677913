"""The frozen records that the stages hand to each other. Imports the standard library and `records`.

Lines are 1-based and belong to the new file unless a field says otherwise; paths are relative to the
repository's top folder, with `/`, and carry bytes that are not UTF-8 as surrogates (`os.fsdecode`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from reviewer.records import record

# ---------------------------------------------------------------- the change


class SelectionKind(StrEnum):
    """Which two sides a review compares."""

    DEFAULT = "default"  # staged if anything is staged, else the worktree
    STAGED = "staged"  # index against HEAD
    WORKTREE = "worktree"  # tracked files on disk against HEAD
    BASE = "base"  # merge base of `ref` and HEAD against HEAD
    RANGE = "range"  # `ref` is `A..B` or `A...B`, as git reads it
    COMMIT = "commit"  # everything in the commit `ref`, as if new
    ALL = "all"  # every function of the paths as if new
    UNPUSHED = "unpushed"  # everything not yet upstream, then staged, then worktree (`git review`)


@record(frozen=True, slots=True)
class Selection:
    """What the user asked to compare; `ref` is the text after `--base` or `--range`, or a commit."""

    kind: SelectionKind = SelectionKind.DEFAULT
    ref: str | None = None


@record(frozen=True, slots=True)
class PathFilter:
    """One PATHS argument: a file or folder ("" is the whole repository), perhaps one function of it."""

    path: str
    function: str | None = None


@record(frozen=True, slots=True)
class Hunk:
    """One hunk of a zero-context unified diff: 1-based starts; a count of 0 stands *after* the start line."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int


@record(frozen=True, slots=True)
class FileChange:
    """Both sides of one Python file of the change; a side that does not exist is None."""

    path: str
    old_path: str | None  # the path on the old side, None for an added file
    old: bytes | None
    new: bytes | None
    hunks: tuple[Hunk, ...]


@record(frozen=True, slots=True)
class Change:
    """What is compared, whole: every Python file that differs, deleted ones included (their path is the old one)."""

    root: str  # absolute path of the worktree's top folder
    files: tuple[FileChange, ...]
    description: str  # for people: "staged changes against HEAD"
    kind: SelectionKind  # the kind that was used, never DEFAULT or UNPUSHED
    old_commit: str | None  # hexadecimal, None for an unborn HEAD or `--all`
    new_commit: str | None  # None when the new side is the index or the worktree
    unreviewed: tuple[Unreviewed, ...] = ()  # files that could not be read: conflicts, missing objects
    notes: tuple[str, ...] = ()  # warnings for stderr: untracked files, a shallow clone
    filters: tuple[PathFilter, ...] = ()
    others: tuple[FileChange, ...] = ()  # changed too but outside `filters`: imported, not reviewed


# ---------------------------------------------------------------- functions


@record(frozen=True, slots=True)
class FunctionVersion:
    """One function or method as one version of a file has it. `line`..`end_line` include the decorators."""

    path: str
    name: str  # qualified: `Class.method`, `outer.<locals>.inner`
    ordinal: int  # 1 for the first of this name in the file, 2 for the second, ...
    line: int
    end_line: int
    def_line: int  # the line of `def` or `async def`
    body_line: int  # first line of the body
    source: str  # the lines line..end_line, newlines as `\n`, indentation kept
    signature: str  # `async def name(...) -> T:` on one line, without decorators
    docstring: str | None  # its value, as `inspect.getdoc` cleans it
    docstring_line: int | None  # line of the docstring's opening quotes
    class_name: str | None  # qualified name of the innermost enclosing class, when directly inside one
    decorators: tuple[str, ...]  # their text without `@`
    parameters: tuple[str, ...]  # names in order, without `*`
    calls: tuple[str, ...]  # dotted names it calls, in order, each once
    names: frozenset[str]  # identifiers its body, signature and decorators use
    branches: int  # if, elif, for, while, except, and, or, conditional expressions, comprehension ifs, match cases
    is_async: bool
    has_error: bool  # tree-sitter found a syntax error inside
    body_hash: str  # of its syntax tree without own name, comments, layout, docstring and decorators
    tree_hash: str  # of its syntax tree and docstring, without comments and layout, name and decorators included
    text_hash: str  # of `source` with the common indentation removed


@record(frozen=True, slots=True)
class ClassHeader:
    """A class as the prompt shows it: its first lines, docstring, and the fields assigned in its body."""

    name: str  # qualified
    line: int
    end_line: int
    header: str  # `class Name(Base):` with decorators
    docstring: str | None
    fields: tuple[str, ...]  # annotated or plain assignments of the class body, one line each


@record(frozen=True, slots=True)
class ImportLine:
    """One module-level import statement and the names it binds."""

    line: int
    text: str
    names: tuple[str, ...]


@record(frozen=True, slots=True)
class Module:
    """One version of a file, parsed. `text` is decoded by its declared encoding, newlines as `\\n`."""

    path: str
    text: str
    docstring: str | None
    functions: tuple[FunctionVersion, ...]  # in the order of their `def`
    classes: tuple[ClassHeader, ...]
    imports: tuple[ImportLine, ...]
    constants: tuple[tuple[str, str], ...]  # module-level `NAME = ...`: name and first line of its text
    has_error: bool
    doctest_flags: tuple[str, ...] = ()  # that the project sets for all of its examples

    def around(self, function: FunctionVersion) -> tuple[str, ...]:
        """The docstrings around a function, whose examples may call it: its class's and the module's."""
        headers = [header.docstring for header in self.classes if header.name == function.class_name]
        return tuple(docstring for docstring in (*headers, self.docstring) if docstring)


class ChangeKind(StrEnum):
    """What happened to a function; the contract defines each."""

    ADDED = "added"
    MODIFIED = "modified"
    RENAMED = "renamed"
    MOVED = "moved"
    DELETED = "deleted"


@record(frozen=True, slots=True)
class ChangedFunction:
    """One function touched by the change; at least one version is there."""

    id: str  # `path::name`, with `#2` where the file has several of one name
    path: str
    name: str
    change: ChangeKind
    old: FunctionVersion | None
    new: FunctionVersion | None
    changed_lines: tuple[int, ...]  # lines of the new file inside the function, innermost function only
    needs_review: bool
    old_around: tuple[str, ...] = ()  # docstrings around it in the old version of the file

    @property
    def version(self) -> FunctionVersion:
        """The new version, or for a deleted function the old one."""
        version = self.new or self.old
        assert version is not None
        return version

    @property
    def old_path(self) -> str | None:
        """The path on the old side where it differs."""
        return self.old.path if self.old and self.old.path != self.path else None

    @property
    def old_function(self) -> str | None:
        """The qualified name on the old side where it differs."""
        return self.old.name if self.old and self.old.name != self.name else None


@record(frozen=True, slots=True)
class OutsideLines:
    """Changed lines that belong to no function: one run of them at `line`."""

    path: str
    line: int
    added: int
    deleted: int
    blank: bool = False  # empty lines and nothing else: not worth a word to people


# ---------------------------------------------------------------- what a docstring promises


@record(frozen=True, slots=True)
class Raise:
    """A documented exception and the condition text."""

    type: str
    description: str


# ---------------------------------------------------------------- the model


class Category(StrEnum):
    """What kind of trouble a finding names. There is no style."""

    CONTRACT = "contract"
    BUG = "bug"
    ERROR_HANDLING = "error-handling"
    SECURITY = "security"
    RESOURCE = "resource"
    CONCURRENCY = "concurrency"
    PERFORMANCE = "performance"


class Severity(StrEnum):
    """How bad it would be if true."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@record(frozen=True, slots=True)
class Message:
    """One turn of a chat: role is `system`, `user` or `assistant`."""

    role: str
    content: str


@record(frozen=True, slots=True)
class Request:
    """One question to a model. Everything here, the model's digest and the server's version make the cache key."""

    messages: tuple[Message, ...]
    schema: Mapping[str, object]  # JSON schema that the reply must satisfy
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0


@record(frozen=True, slots=True)
class Reply:
    """What the model answered, complete (`done_reason` was `stop`), and what it cost."""

    text: str
    prompt_tokens: int
    cached_prompt_tokens: int | None  # None where the server does not say
    completion_tokens: int
    seconds: float


@record(frozen=True, slots=True)
class ModelInfo:
    """Who answers. `digest` identifies the weights; `endpoint` is null for the model in process."""

    name: str
    digest: str
    provider: str  # ollama | embedded | openai_compatible
    endpoint: str | None


@record(frozen=True, slots=True)
class Claim:
    """What the model says is wrong. Never shown to anyone as it is: it becomes a Finding or is dropped."""

    quote: str
    category: Category
    severity: Severity
    title: str
    message: str
    replacement: str | None


# ---------------------------------------------------------------- evidence


class OutcomeKind(StrEnum):
    """What running a call did. NOT_RUN is never a failure of the code."""

    RETURNED = "returned"
    RAISED = "raised"
    PRINTED = "printed"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"
    NOT_RUN = "not_run"


@record(frozen=True, slots=True)
class Outcome:
    """One outcome: canonical text of the value, the exception's or value's type, and the exception's message."""

    kind: OutcomeKind
    value: str | None = None
    type: str | None = None
    message: str | None = None


class ExpectedKind(StrEnum):
    """How a case's expectation is compared."""

    VALUE = "value"  # `text` is a Python expression; equal to what the call returned
    OUTPUT = "output"  # `text` is what an interactive session prints for the call, compared as doctest does
    EXCEPTION = "exception"  # the call raises `type`, with `text` as message unless it is None
    NOTHING = "nothing"  # whatever happens is right: only the outcome is wanted


@record(frozen=True, slots=True)
class Expected:
    """What a case expects of its call."""

    kind: ExpectedKind
    text: str | None = None
    type: str | None = None
    doctest_flags: tuple[str, ...] = ()  # ELLIPSIS, NORMALIZE_WHITESPACE, IGNORE_EXCEPTION_DETAIL, ...


class Origin(StrEnum):
    """Where a case comes from."""

    EXAMPLE = "example"
    RAISES = "raises"
    MODEL = "model"
    CHARACTERISATION = "characterisation"


@record(frozen=True, slots=True)
class Case:
    """One call with what it must do, and the text that says so."""

    setup: tuple[str, ...]  # statements before the call
    call: str  # one expression, or for OUTPUT and EXCEPTION one statement
    expected: Expected
    origin: Origin
    quote: str | None  # verbatim from the docstring
    through: str | None = None  # id of the documented function whose example this is, when it is not the tested one
    names: Mapping[str, str] = field(default_factory=dict)  # extra imports: bound name -> statement
    lean: tuple[str, ...] | None = None  # the setup without the calls of earlier examples, where it has any


@record(frozen=True, slots=True)
class Call:
    """A call worth trying that promises nothing of its own: it may tell versions, or a mutant, apart."""

    setup: tuple[str, ...]
    call: str  # one expression, evaluated in the namespace of the function's module
    source: str  # mutated | annotation | repository, as `BehaviourChange.source`
    names: Mapping[str, str] = field(default_factory=dict)  # extra imports: bound name -> statement
    plausible: bool = False  # its arguments are of the kinds that are documented, annotated or recorded


@record(frozen=True, slots=True)
class BrokenExample:
    """A documented example that cannot be tried, and why: never a failure of the code."""

    text: str
    reason: str


class Side(StrEnum):
    """Which version of the repository a case runs on."""

    OLD = "old"
    NEW = "new"


@record(frozen=True, slots=True)
class Job:
    """One case to run in the sandbox, in the namespace of the module at `path`."""

    path: str
    function: str  # qualified name whose lines are recorded
    case: Case


@record(frozen=True, slots=True)
class CaseResult:
    """What running a case did. `passed` is None when it could not run (the outcome is NOT_RUN and says why)."""

    outcome: Outcome
    passed: bool | None
    expected: Outcome  # the expectation, evaluated to the same canonical form
    reached: tuple[int, ...] = ()  # lines of the function that the run executed
    effects: str = ""  # canonical text of the setup's names after the call, and of what was printed
    seconds: float = 0.0
    drew: bool = False  # whether random numbers were drawn


@record(frozen=True, slots=True)
class Mutant:
    """One small change of a function. `source` is its outermost `def` inside its class headers, undecorated."""

    id: str  # stable: operator, place and text, hashed
    operator: str
    line: int
    description: str  # `<` -> `<=`
    source: str


@record(frozen=True, slots=True)
class Counterexample:
    """A promise broken, in a form anyone can paste."""

    setup: tuple[str, ...]
    call: str
    expected: Outcome
    old: Outcome | None
    new: Outcome
    docstring_quote: str | None
    through: str | None
    script: str


@record(frozen=True, slots=True)
class Suggestion:
    """A patch that `git apply` takes; verified = with it the counterexample passes and every kept case still does."""

    patch: str
    verified: bool


class Evidence(StrEnum):
    """How far a finding can be trusted."""

    PROVED = "proved"
    SUSPECTED = "suspected"


class Verdict(StrEnum):
    """What the outcomes on the old and new version mean together; the contract defines each."""

    REGRESSION = "regression"
    MISMATCH = "mismatch"
    UNDOCUMENTED_EXCEPTION = "undocumented_exception"
    CLAIM_CONFIRMED = "claim_confirmed"
    CLAIM = "claim"


# ---------------------------------------------------------------- the report


@record(frozen=True, slots=True)
class Finding:
    """A claim or verdict that survived, with its evidence and its place in the new file."""

    id: str
    function_id: str
    path: str
    function: str
    line: int
    end_line: int
    severity: Severity
    category: Category
    evidence: Evidence
    verdict: Verdict
    introduced: bool
    title: str
    message: str
    quote: str | None
    counterexample: Counterexample | None
    suggestion: Suggestion | None
    fingerprint: str
    count: int = 1  # examples that fail alike, or claims that were merged
    folded: bool = False  # suspected by a model that has not earned its voice: counted for people, never blocks


@record(frozen=True, slots=True)
class MadeBy:
    """Where a call lives that one of the repository's tests makes: its arguments are the test's own objects."""

    test: str  # pytest's node id; for a doctest `path::object`
    words: str  # for people: "the 2nd call of f in tests/test_f.py::test_g"
    command: str  # runs the test
    driver: str  # pytest | unittest | doctest
    phase: str  # of the test: setup | call | teardown
    number: int  # which call of the function in that phase, from 1
    varied: tuple[tuple[str, str | None], ...] = ()  # arguments with other values than the test's, as expressions


@record(frozen=True, slots=True)
class BehaviourChange:
    """A call for which old and new differ and no case says which is right."""

    id: str
    function_id: str
    path: str
    function: str
    line: int
    call: str
    setup: tuple[str, ...]
    old: Outcome
    new: Outcome
    source: str  # example | mutated | annotation | repository | twin | model
    promoted: str | None = None  # id of the finding it became
    script: str = ""  # complete Python that shows it again, as `Counterexample.script`
    made_by: MadeBy | None = None  # for `twin`


@record(frozen=True, slots=True)
class GeneratedTest:
    """One accepted test; `path`::`name` is pytest's node id."""

    function_id: str
    source_path: str
    path: str
    function: str
    line: int
    name: str
    source: str
    imports: tuple[str, ...]
    origin: Origin
    docstring_quote: str | None
    mutants_killed: tuple[str, ...]
    mutants_total: int
    verdict: str  # guards | fixes | documents | characterises
    written: bool


class Reason(StrEnum):
    """Why a changed function was not reviewed."""

    DEADLINE = "deadline"
    MODEL_ERROR = "model_error"
    INVALID_REPLY = "invalid_reply"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    NO_MODEL = "no_model"
    UNPARSABLE = "unparsable"
    UNREADABLE = "unreadable"
    INTERRUPTED = "interrupted"


@record(frozen=True, slots=True)
class Unreviewed:
    """A changed function (function None: a whole file) that was not reviewed, with the reason."""

    path: str
    reason: Reason
    detail: str
    function_id: str | None = None
    function: str | None = None
    line: int | None = None


OWN_TESTS = "the repository's tests"
"""How `call` ends in a NotRun that is about them."""


@record(frozen=True, slots=True)
class NotRun:
    """A documented example that could not be tried, or calls of the repository's own tests."""

    function_id: str
    call: str
    reason: str

    @property
    def of_tests(self) -> bool:
        """Whether it is about the repository's own tests and not about an example."""
        return self.call.endswith(OWN_TESTS)


@record(frozen=True, slots=True)
class Execution:
    """Whether code was executed, and behind which walls."""

    state: str  # sandboxed | unsandboxed | off | unavailable
    reason: str | None = None
    isolation: tuple[str, ...] = ()
    python: str | None = None


@record(frozen=True, slots=True)
class ReviewedFunction:
    """A changed function as the report lists it, reviewed or not."""

    id: str
    path: str
    function: str
    line: int
    end_line: int
    change: ChangeKind
    old_path: str | None
    old_function: str | None
    needs_review: bool
    reviewed: bool
    cached: bool


@record(frozen=True, slots=True)
class Stats:
    """Counts of one run; seconds are wall time."""

    functions: int = 0
    needing_review: int = 0
    reviewed: int = 0
    model_calls: int = 0
    retries: int = 0
    cache_hits: int = 0
    prompt_tokens: int = 0
    cached_prompt_tokens: int = 0
    completion_tokens: int = 0
    model_seconds: float = 0.0
    sandbox_seconds: float = 0.0
    wall_seconds: float = 0.0
    cases_run: int = 0
    twin_comparisons: int = 0
    claims_dropped: int = 0
    suppressed: int = 0  # findings silenced by `# reviewer: ignore`
    baselined: int = 0  # findings that the baseline knows
    suggestions_dropped: int = 0  # suggestions that broke a kept case
    gates: Mapping[str, int] = field(default_factory=dict)  # `tests`: cases that came through each, and mutants


@record(frozen=True, slots=True)
class Report:
    """The only thing an emitter sees."""

    model: ModelInfo | None
    execution: Execution
    functions: tuple[ReviewedFunction, ...] = ()
    outside_functions: tuple[OutsideLines, ...] = ()
    findings: tuple[Finding, ...] = ()
    behaviour_changes: tuple[BehaviourChange, ...] = ()
    tests: tuple[GeneratedTest, ...] = ()
    unreviewed: tuple[Unreviewed, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    stats: Stats = Stats()
    change: str = ""  # the change's description, for people
    shard: str = ""  # "2/4": the second of four parts of the change; empty for the whole
    suppressed: tuple[Finding, ...] = ()  # silenced by `# reviewer: ignore`
    baselined: tuple[Finding, ...] = ()  # known from the baseline

    schema_version = 1

    @property
    def incomplete(self) -> bool:
        """Anything is unreviewed."""
        return bool(self.unreviewed)

    @property
    def status(self) -> str:
        """`findings`, `incomplete` or `clean`."""
        if self.findings:
            return "findings"
        return "incomplete" if self.unreviewed else "clean"
