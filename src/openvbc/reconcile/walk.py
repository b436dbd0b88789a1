"""From our statement to theirs: each cause replaced alone, and one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from openvbc.contract.statement import Document
from openvbc.errors import OpenVBCError
from openvbc.ledger.causes import Cause, Cell, causes, first_state, with_cause
from openvbc.ledger.kept import Kept
from openvbc.ledger.replay import Replay, State, changed_rules, leaves_of, state_of
from openvbc.reconcile.classify import PARAMETER_VERSION, UNEXPLAINED, WITHHELD, Classes
from openvbc.reconcile.exchanged import filled, with_gaps
from openvbc.reconcile.reconciliation import TwinCause

Amounts = Mapping[str, int]
"""Component → whole cents that it settles."""

PARAMETERS: Final = "parameters/"


def stated(document: Document) -> dict[str, int]:
    """Component → whole cents that a statement says, what was settled before included."""
    return {it.component: it.cents or 0 for it in Kept(document).payments}


def _amounts(state: State, program: str | None) -> Amounts | None:
    """What a state settles; None where it cannot be computed."""
    try:
        return Replay(state, program).amounts()
    except (OpenVBCError, TypeError):  # a rule that meets nothing where its sender took a value out
        return None


class Walk:
    """The way from our statement to theirs."""

    def __init__(self, ours: Document, theirs: Document, mapping: Classes) -> None:
        self.documents = (ours, theirs)
        self.classes = mapping
        self.program: str | None = theirs["program"]
        one, other = with_gaps(ours), with_gaps(theirs)
        self.ours, self.our_gaps = self._settling(one, other)
        self.theirs, self.their_gaps = self._settling(other, one)
        self.start = self.state(())
        self.first = _amounts(self.start, self.program)

    def _settling(self, own: Document, other: Document) -> tuple[Document, tuple[str, ...]]:
        """A statement that settles by itself, else with what it withholds from the other one."""
        if _amounts(state_of(own), self.program) is not None:
            return own, ()
        return filled(own, other)

    def amount(self, state: State) -> int | None:
        """Whole cents that a state settles; None where it cannot be computed."""
        found = _amounts(state, self.program)
        return None if found is None else sum(found.values())

    def state(self, causes: Sequence[tuple[str, Cause]]) -> State:
        """Ours with some causes as in theirs."""
        found = first_state(self.ours, self.theirs)
        for _, cause in causes:
            found = with_cause(found, cause, self.theirs)
        return found

    def lines(self) -> Iterator[TwinCause]:
        """The causes in the declared order, then what none of them explains."""
        state, moved = self.start, 0
        amount = None if self.first is None else sum(self.first.values())
        done: list[tuple[str, Cause]] = []
        waiting: list[tuple[str, Cause]] = []
        for kind, cause in self.causes():
            done.append((kind, cause))
            waiting.append((kind, cause))
            state = self.state(done)
            reached = self.amount(state)
            if amount is not None and reached is not None:
                yield self._cause(waiting, reached - amount)
                moved += reached - amount
                amount, waiting = reached, []
        if waiting:
            yield _joined(waiting, 0, 0, "cannot be computed by today's rules")
        yield from self._citations()
        yield from self.rest(_amounts(state, self.program), moved)

    def causes(self) -> list[tuple[str, Cause]]:
        """Every cause with its class; a leaf whose cells are of several classes is several."""
        found = [it for cause in causes(self.ours, self.theirs) for it in self._split(cause)]
        return sorted(found, key=self.rank)

    def rank(self, found: tuple[str, Cause]) -> tuple[int, str]:
        """Where a cause stands: the declared order of the classes, then the name."""
        kind, cause = found
        return (*self.classes.order, UNEXPLAINED).index(kind), cause.name

    def _split(self, cause: Cause) -> Iterator[tuple[str, Cause]]:
        structure = self.classes.structure.get(cause.name)
        if structure is not None:
            yield structure, cause
            return
        ours, theirs = leaves_of(self.ours), leaves_of(self.theirs)
        by_class: dict[str, list[Cell]] = {}
        moved: list[Cell] = []
        for it in cause.cells:
            if it.line.partition("@")[0] != cause.name:
                moved.append(it)  # a parameter that is another one because of this leaf
            else:
                kind = self.classes.of_cell(ours[it.line], theirs[it.line])
                by_class.setdefault(kind, []).append(it)
        last = list(by_class)[-1]
        for kind, cells in by_class.items():
            own = [*cells, *moved] if kind == last else cells
            yield kind, replace(cause, cells=tuple(own))

    def _cause(self, together: Sequence[tuple[str, Cause]], step: int) -> TwinCause:
        """A step with what it does alone; nothing where that cannot be computed."""
        after = self.amount(self.state(together))
        if self.first is None or after is None:
            return _joined(together, 0, step, "cannot be computed alone")
        alone = after - sum(self.first.values())
        return _joined(together, alone, step - alone)

    def _citations(self) -> Iterator[TwinCause]:
        """Parameters of one value that stand on different dates or citations: no dollars."""
        ours, theirs = leaves_of(self.ours), leaves_of(self.theirs)
        for name in sorted(ours.keys() & theirs.keys()):
            one, other = ours[name], theirs[name]
            if name.startswith(PARAMETERS) and one["value"] == other["value"]:
                cell = Cell(name, _citation(one), _citation(other))
                if cell.old != cell.new:
                    says = "the same value from another version"
                    path = name.partition("@")[0]
                    yield TwinCause(PARAMETER_VERSION, path, 0, cells=(cell,), says=says)

    def rest(self, last: Amounts | None, moved: int) -> Iterator[TwinCause]:
        """What a statement says and the replay of its own leaves does not come to."""
        ours, theirs = (stated(it) for it in self.documents)
        if self.first is None or last is None:
            rest = sum(theirs.values()) - sum(ours.values()) - moved
            says = "today's rules cannot settle the statements again"
            yield TwinCause(UNEXPLAINED, UNEXPLAINED, rest, says=says)
            return
        yield from _beyond("ours", self.documents[0], self.first, -1, self.our_gaps)
        yield from _beyond("theirs", self.documents[1], last, 1, self.their_gaps)


def _joined(
    together: Sequence[tuple[str, Cause]], alone: int, with_earlier: int, says: str = ""
) -> TwinCause:
    """The causes of one step as one; it has the class of the last."""
    names = dict.fromkeys(cause.name for _, cause in together)
    cells = tuple(cell for _, cause in together for cell in cause.cells)
    words = [cause.says for _, cause in together if cause.says] + ([says] if says else [])
    kind = together[-1][0]
    return TwinCause(kind, " + ".join(names), alone, with_earlier, cells, "; ".join(words))


def _citation(line: Document) -> str:
    """The version of a parameter: its citation, its first and last day, and when it was checked."""
    source = line["source"]
    days = f"{source.get('from')} to {source.get('to') or 'now'}"
    return f"{line['cite']}, {days}, checked {source.get('checked') or 'never'}"


def _beyond(
    side: str, document: Document, settled: Amounts, sign: int, gaps: tuple[str, ...]
) -> Iterator[TwinCause]:
    """What a side states beyond its own leaves: withheld where it withholds, else unexplained."""
    said = stated(document)
    rest = {it: said.get(it, 0) - settled.get(it, 0) for it in {**said, **settled}}
    if gaps:
        cells = tuple(Cell(it, *((None, "known")[::-sign])) for it in gaps)
        says = f"{side} withholds it; the cents are what is left"
        yield TwinCause(
            WITHHELD, " + ".join(gaps), sign * sum(rest.values()), 0, cells, says, inferred=True
        )
        return
    rules = ", ".join(_other_rules(document))
    why = f"; rules that are others here: {rules}" if rules else ""
    for name, cents in rest.items():
        if cents:
            says = f"{side} states {cents:+,} cents beyond what its own leaves settle{why}"
            yield TwinCause(UNEXPLAINED, name, sign * cents, says=says)


def _other_rules(document: Document) -> Sequence[str]:
    try:
        return changed_rules(document)
    except OpenVBCError:
        return ()
