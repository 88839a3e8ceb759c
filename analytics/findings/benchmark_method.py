"""How the benchmark was worked out, in words: method, what it can and cannot mean, how far it may be trusted on these data."""

from __future__ import annotations

from typing import Any

from analytics.figures import format_value

_METHOD = """
Each placement's full-year cost without transport, with DfE place funding put in for non-maintained and post-16 settings so that they compare like for
like, is expected from primary need, support band, one-to-one and therapy hours, phase, residence and area. A setting's **index** is its cost ÷ what
is expected for its children: 1.10 is 10% more than expected. Settings with few children are drawn towards their provider group and towards 1, and
their interval is wider. Costs far outside the others weigh little. The 95% interval holds the uncertainty of the children's own costs, of what needs
cost, and of how much settings differ at all; from logarithms back to pounds, expected cost carries a smearing correction.

**Two views, never mixed.** *Price given provision* (the index) takes one-to-one and therapy as given. *Provision given need* asks how much one-to-one,
therapy and boarding children with these needs get, since a setting may itself have proposed it. A pound is counted in neither twice.

A setting is **named** only where the whole 95% interval lies away from 1 and there are enough children. It is *different from expected*, and
provisional until the school's reply is recorded: who replied, when, what, and what it changes. A later reply is added; none is erased.

**What an index can mean.** That this setting's price, for the provision given to children with the needs recorded, differs from other settings' by more
than chance explains. **What it cannot mean.** It does not say why, nor that a price is wrong, nor that a school is good or bad: quality, buildings, rents,
wages and what a plan does not say are all in it. It compares settings with each other, so a market that is dear throughout looks normal. Needs not
recorded cannot be allowed for; a setting that takes children whose needs are harder than recorded looks dear. It is not a ranking.
"""


def method(fit: dict[str, Any]) -> str:
    """The method, with what the model says about the data it had."""
    return _METHOD + "".join(f"\n- {note}" for note in fit.get("notes", ())) + _left_out(fit) + _power(fit) + _chance(fit)


def _left_out(fit: dict[str, Any]) -> str:
    held = fit.get("left_out_check")
    if not held:
        return ""
    rows = "".join(
        f"\n| {format_value(row['predicted_gbp'], 'gbp')} | {row['placements']:,} | {100 * row['inside']:.0f}% | {row['actual_over_predicted']:.2f} |"
        for row in held["by_predicted_cost"]
    )
    said = f"of placements left out, {100 * held['inside']:.1f}% cost what their 90% interval says"
    return f"\n\n**Checked on these data:** {said}.\n\n| Predicted cost, mean | Placements | Inside | Actual ÷ predicted |\n|---|---|---|---|{rows}"


def _power(fit: dict[str, Any]) -> str:
    rows = fit.get("power")
    if not rows:
        return ""
    ratios = list(rows[0]["found"])
    titles = "".join(f" {'As expected' if float(r) == 1 else f'{100 * (float(r) - 1):.0f}% above'} |" for r in ratios)
    lines = "".join(f"\n| {row['n']} | {row['settings']} |" + "".join(f" {_share(row['found'][r])} |" for r in ratios) for row in rows)
    said = "How often a setting would be named above expected, by its number of children and by how far its true cost lies above"
    return f"\n\n**What it would find:** {said}.\n\n| Children | Settings with as many |{titles}\n|---|---|{'---|' * len(ratios)}{lines}"


def _share(value: float) -> str:
    return f"{100 * value:.0f}%" if 0.01 <= value <= 0.99 else "under 1%" if value < 0.5 else "over 99%"


def _chance(fit: dict[str, Any]) -> str:
    together = fit.get("flagged_together") or {}
    if not together.get("settings"):
        return ""
    count = max(together["by_chance"], 0.1)
    said = f"{'fewer than ' if together['by_chance'] < 0.1 else 'about '}{count:.1f}"
    return f"\n\nOf the {together['settings']} named above expected, {said} would be expected to be there by chance alone."
