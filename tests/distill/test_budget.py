"""No call is made that the budget cannot bear; calls keep the pace and a server's wish to wait."""

from __future__ import annotations

import pytest

from hybrid_ner.distill.teacher.budget import Budget, BudgetSettings
from hybrid_ner.distill.teacher.protocol import Reply, TeacherError
from hybrid_ner.errors import UsageError

PAID = Reply("x", "stop", prompt_tokens=40, answer_tokens=10)


def test_when_calls_are_under_way_then_they_count_before_they_are_answered():
    budget = Budget(BudgetSettings(calls=2))
    budget.reserve(1)
    budget.reserve(1)
    with pytest.raises(TeacherError, match=r"budget of calls \(2\)"):
        budget.reserve(1)
    budget.settle(1, None)  # without an answer it is given back
    budget.reserve(1)
    budget.settle(1, PAID)
    with pytest.raises(TeacherError):
        budget.reserve(1)


@pytest.mark.parametrize(
    ("limit", "name"), [({"tokens": 250}, "tokens"), ({"cost": 0.0003, "prompt_price": 1, "answer_price": 2}, "cost")]
)
def test_when_an_answer_might_exceed_the_budget_then_it_is_not_asked_for(limit, name):
    budget = Budget(BudgetSettings(**limit), answer_tokens=50)
    budget.count(PAID)
    budget.reserve(50)
    budget.settle(50, PAID)
    budget.count(PAID)
    with pytest.raises(TeacherError, match=f"budget of {name} .*3 answered.*raise the budget"):
        budget.reserve(1000)


def test_when_prices_are_given_then_the_cost_is_theirs():
    budget = Budget(BudgetSettings(prompt_price=10, answer_price=100))
    budget.count(PAID)
    assert budget.cost == pytest.approx((40 * 10 + 10 * 100) / 1e6)


def test_when_a_limit_is_negative_then_it_is_refused():
    with pytest.raises(UsageError, match="cost is -1"):
        BudgetSettings(cost=-1)
