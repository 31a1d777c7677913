"""Token sizes of every question about one documented method: `python -m tests.prompt_sizes` prints them."""

from reviewer import prompts
from reviewer.context import estimate_tokens
from reviewer.data import Category, Claim, Request, Severity
from reviewer.questions.blind import expect_request, inputs_request, transcribe_request
from reviewer.questions.seeing import differ_request, second_look_request, show_claim_request
from reviewer.requests import review_request
from tests.changed import changed, parsed

OLD = '''\
import json
import math
from decimal import Decimal

LIMIT = 3


class Basket(Base):
    """What a customer wants to buy."""

    currency: str = "EUR"

    def __init__(self, rate: float = 0.0):
        self.items = []

    def add(self, price: Decimal, count: int = 1) -> None:
        """Put something into the basket."""
        self.items.append((price, count))

    def total(self, rate: float = 0.0, *, digits: int = 2) -> Decimal:
        """Price of everything in the basket, tax included.

        At most LIMIT kinds of things count.

        Args:
            rate: the tax rate, 0.2 for 20 %.
            digits: digits after the point.

        Returns:
            The rounded price; 0.0 for an empty basket.

        Raises:
            ValueError: if the rate is negative.
        """
        # CANARY-comment
        if rate < 0:
            raise ValueError("CANARY-message")
        net = canary_helper(json.loads(self.canary_attribute))
        if not math.isfinite(net):
            return 0.0
        return round(net * (1 + rate), digits)


def canary_helper(canary_parameter):
    return CANARY_CONSTANT


CANARY_CONSTANT = 7
'''
NEW = OLD.replace("1 + rate", "1 - rate")
CLAIM = Claim("net * (1 - rate)", Category.BUG, Severity.ERROR, "The tax is taken off", "At 0.2 it is lower.", None)
KEY = b"key of this machine"
PLACE = {"fence_key": KEY, "window": 8192}


def requests() -> dict[str, Request]:
    """Every question, asked of a change of one line."""
    module = parsed(NEW)
    function = changed(OLD, NEW, "Basket.total")
    version = function.new
    call = (["basket = Basket()"], "basket.total(0.2)")
    return {
        "review": review_request(function, module, **PLACE),
        "transcribe": transcribe_request(version, module, **PLACE),
        "inputs": inputs_request(version, module, **PLACE),
        "expect": expect_request(version, module, *call, turn=1, **PLACE),
        "differ": differ_request(function, module, **PLACE),
        "show_claim": show_claim_request(function, module, CLAIM, **PLACE),
        "second_look": second_look_request(function, module, CLAIM, **PLACE),
    }


def sizes() -> dict[str, tuple[int, int, int]]:
    """By prompt: estimated tokens of the stable part and of the user message, and most tokens of the reply."""
    return {
        name: (estimate_tokens(prompts.load(name).system), estimate_tokens(one.messages[1].content), one.max_tokens)
        for name, one in requests().items()
    }


if __name__ == "__main__":
    for name, (stable, user, reply) in sizes().items():
        print(f"{name:12} stable {stable:4}  user {user:4}  reply at most {reply}")  # noqa: T201
