"""Settling a contract whose members' months are counted: from their table and from files."""

from dataclasses import replace

from openvbc.contract.facts import Facts, FirstOf
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import Settlement
from openvbc.contract.tables import TableFacts
from openvbc.engine.run import Run
from openvbc.members.facts import MemberFacts, member_problems
from openvbc.members.nobody import nobody_problem
from openvbc.members.table import member_table


def settle_members(settlement: Settlement, run: Run) -> Settled:
    """Settle on a run; the members' cents of a line must sum to it, or it is refused.

    The member table is kept in the run's store under what made it; nothing else is written.
    """
    engine = run.open(threads=1)
    try:
        made = member_table(settlement, engine, run)
        suppliers: list[Facts] = [MemberFacts(settlement, made), settlement.facts()]
        shape = settlement.contract.shape
        if shape.population is not None or shape.episodes is not None:
            suppliers.insert(0, TableFacts(engine, settlement))
        nobody = () if made.sums else (nobody_problem(settlement, engine, run),)
        settled = settle(settlement, FirstOf(suppliers), run.id)
    finally:
        engine.close()
    wrong = tuple(member_problems(settlement, made, settled.document))
    return replace(settled, problems=(*nobody, *wrong, *settled.problems))
