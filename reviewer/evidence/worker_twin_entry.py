"""One call of a function under comparison: both versions run on its live arguments, and on variations of them.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_twin_calls as twin_calls
    from reviewer.evidence import worker_twin_children as twin_children
    from reviewer.evidence import worker_twin_frame as twin_frame
    from reviewer.evidence import worker_twin_judge as twin_judge
    from reviewer.evidence import worker_twin_state as twin_state
    from reviewer.evidence import worker_twin_values as twin_values
    from reviewer.evidence import worker_twin_vary as twin_vary
else:
    import worker_twin_calls as twin_calls
    import worker_twin_children as twin_children
    import worker_twin_frame as twin_frame
    import worker_twin_judge as twin_judge
    import worker_twin_state as twin_state
    import worker_twin_values as twin_values
    import worker_twin_vary as twin_vary

SLOW = 0.3  # seconds of a comparison beyond which its arguments are not varied
Real = twin_children.Real
Call = twin_calls.Call


class Entry:
    """A function that was just entered; `raw` is its frame. `hook` knows the test, the time and the changed files."""

    def __init__(self, hook: Any, index: int, raw: Any) -> None:
        self.hook = hook
        self.index = index
        self.state: twin_state.State = hook.states[index]
        self.pair = hook.live.twins[raw.f_code.co_filename].pair_of(raw.f_code)
        assert self.pair is not None
        hook.live.scan()
        self.frame = twin_frame.Frame(raw, hook.live.of(raw.f_code))
        self.site = twin_calls.Site(self.frame, self.pair, hook)

    def examine(self) -> None:
        """Compare the call, unless one with such arguments was compared; then what is wished for, or variations."""
        state, frame = self.state, self.frame
        texts = {name: twin_values.literal(value) for name, value in frame.values.items()}
        plain = None
        if None not in texts.values() and not frame.extra and not frame.keywords and not frame.cells:
            plain = hashlib.sha256(repr(texts).encode("utf-8", "replace")).hexdigest()[:16]
            if plain in state.seen:
                state.duplicates += 1
                return
            state.seen.add(plain)
        started = Real.clock()
        if not self._compare([Call()], fresh=plain is None):
            return
        state.in_test += 1
        if state.wishes:
            fitting = [{name: text for name, text in wish.items() if name in frame.values} for wish in state.wishes]
            self._compare([Call(_values(wish.items())) for wish in fitting if wish])
            return
        if Real.clock() - started < SLOW and not state.done:
            self._compare(self._variations())
        for name, text in texts.items():
            if text is not None:
                state.values.note(name, text)

    def once(self, varied: Any) -> None:
        """Compare this one call, as it is or with arguments varied."""
        self._compare([Call(_values(varied))])

    def _variations(self) -> list[Any]:
        state, frame = self.state, self.frame
        if state.known is None:
            state.known = twin_vary.constants([self.pair.code, frame.code], frame.space)
        varied = twin_vary.variants(frame.parts, state.known, state.values)
        return [Call({name: one}, sure) for name, one, sure in varied[: state.varied_share]]

    def _compare(self, calls: list[Any], fresh: bool = False) -> bool:
        """Compare the calls; False when it turns out that the recorded one, if `fresh`, was compared before."""
        state = self.state
        pending = calls[: max(0, state.limit - state.comparisons)]
        while pending and not state.done and Real.clock() < self.hook.end:
            olds, news = self.site.both(pending)
            done = min(len(olds), len(news))
            if not done:
                state.count("a comparison could not be made")
                return False
            if fresh and news[0]["key"] in state.seen:
                state.compared_before()
                return False
            if fresh and news[0]["key"]:
                state.seen.add(news[0]["key"])
            for call, old, new in zip(pending, olds, news):
                self._judge(call, (old, new))
            pending = pending[done:]
        return True

    def _judge(self, call: Any, pair: tuple[Any, Any]) -> None:
        state = self.state
        skip = pair[0]["skip"] or pair[1]["skip"]
        if skip:
            state.count(skip)
            return
        state.comparisons += 1
        kinds = {one["outcome"][0] for one in pair}
        state.timeouts += "timed_out" in kinds
        if not twin_judge.differ(pair, call):
            return
        if state.knows(twin_judge.kind(*pair), call.plausible):
            return
        # Twice from the recorded state: what else ran in the first children may have had a part in it.
        again = []
        for _ in range(2):
            olds, news = self.site.both([call], described=True)
            if not olds or not news or olds[0]["skip"] or news[0]["skip"]:
                state.count("a difference could not be repeated")
                return
            again.append((olds[0], news[0]))
        steady = all(twin_judge.same(one, other) for one, other in zip(*again))
        if not steady or not twin_judge.differ(again[0], call):
            state.count(twin_state.UNSTEADY)
            return
        old, new = again[0]
        kind = twin_judge.kind(old, new)
        if state.knows(kind, call.plausible):
            return
        state.kinds.add((kind, call.plausible))
        self.hook.say(self._told(kind, call, old, new))

    def _told(self, kind: str, call: Any, old: Any, new: Any) -> Any:
        """A difference as the tool's side reads it."""
        effects = twin_judge.changed_effects(old, new)
        shown = new.get("described") or old.get("described") or {"call": "", "pasteable": False, "arguments": []}
        return {
            "difference": self.index,
            "kind": kind,
            "node": self.hook.node,
            "driver": self.hook.driver,
            "phase": self.hook.phase,
            "number": self.state.calls,
            "varied": [[name, twin_values.expression(value)] for name, value in call.changes.items()],
            **shown,
            "old": old["outcome"],
            "new": new["outcome"],
            "old_effects": {name: one for name, (one, _) in effects.items()},
            "new_effects": {name: one for name, (_, one) in effects.items()},
            "plausible": call.plausible,
            "recorded": not call.changes,
        }


def _values(texts: Any) -> dict[str, Any]:
    """Arguments from their expressions: literals, and floats that have none."""
    return {name: eval(text, {"__builtins__": {}, "float": float, "set": set}) for name, text in texts}
