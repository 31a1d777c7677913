"""Changed functions, and a suite full of traps, for the tests of twin runs."""

HEAD = "import asyncio, contextlib, functools, re\n"
CHANGES: dict[str, tuple[str, str, str, str, str]] = {
    # id: (function, old, new, test, call that differs)
    "a-literal-call": (
        "cut",
        "def cut(text, size=3):\n    return text[:size]",
        "def cut(text, size=3):\n    return text[:size].strip()",
        "def test(): cut('ab ', 4)",
        "cut('ab ', 4)",
    ),
    "a-boundary": (
        "share",
        "def share(total, parts):\n    return total // max(parts, 1)",
        "def share(total, parts):\n    return total // parts",
        "def test(): assert share(10, 2) == 5",
        "share(10, 0)",
    ),
    "a-constant-of-the-old-code": (
        "kind",
        "def kind(size):\n    return 'big' if size > 417 else 'small'",
        "def kind(size):\n    return 'big' if size > 500 else 'small'",
        "def test(): assert kind(3) == 'small'",
        "kind(418)",
    ),
    "a-changed-default": (
        "cut",
        "def cut(text, size=3):\n    return text[:size]",
        "def cut(text, size=4):\n    return text[:size]",
        "def test(): cut('abcdef')",
        "cut('abcdef')",
    ),
    "a-method-of-a-fixture": (
        "Shelf.take",
        "class Shelf:\n    def __init__(self, items):\n        self.items = items\n"
        "    def take(self, name):\n        self.items.remove(name)\n        return name",
        "class Shelf:\n    def __init__(self, items):\n        self.items = items\n"
        "    def take(self, name):\n        return name",
        "import pytest\n@pytest.fixture\ndef shelf(): return Shelf(['tea', 'salt'])\n"
        "def test(shelf): assert shelf.take('tea') == 'tea'",
        "Shelf(items=['tea', 'salt']).take('tea')",
    ),
    "a-generator": (
        "upto",
        "def upto(limit):\n    yield from range(limit)",
        "def upto(limit):\n    yield from range(limit + 1)",
        "def test(): assert next(upto(2)) == 0",
        "upto(2)",
    ),
    "a-coroutine": (
        "double",
        "async def double(value):\n    await asyncio.sleep(0)\n    return value * 2",
        "async def double(value):\n    await asyncio.sleep(0)\n    return value + value + 1",
        "import asyncio\ndef test():\n    async def main(): return await double(2)\n    asyncio.run(main())",
        "double(2)",
    ),
    "an-async-generator": (
        "some",
        "async def some(limit):\n    for one in range(limit): yield one",
        "async def some(limit):\n    for one in range(limit): yield -one",
        "import asyncio\nasync def main(): return [one async for one in some(3)]\ndef test(): asyncio.run(main())",
        "some(3)",
    ),
    "a-context-manager": (
        "entered",
        "@contextlib.contextmanager\ndef entered(name):\n    yield name",
        "@contextlib.contextmanager\ndef entered(name):\n    yield name.upper()",
        "def test():\n    with entered('a'): pass",
        "entered('a')",
    ),
    "a-cached-function": (
        "square",
        "@functools.lru_cache\ndef square(value):\n    return value * value",
        "@functools.lru_cache\ndef square(value):\n    return value + value",
        "def test(): square(3); square(3)",
        "square(3)",
    ),
    "a-property": (
        "Box.size",
        "class Box:\n    def __init__(self, n): self.n = n\n    @property\n    def size(self):\n        return self.n",
        "class Box:\n    def __init__(self, n): self.n = n\n    @property\n    def size(self): return self.n + 1",
        "def test(): Box(2).size",
        "Box.size(self=pkg.a_property.Box(n=2))",
    ),
    "a-class-method": (
        "Box.make",
        "class Box:\n    @classmethod\n    def make(cls, n):\n        return n",
        "class Box:\n    @classmethod\n    def make(cls, n):\n        return n + 1",
        "def test(): Box.make(2)",
        "Box.make(2)",
    ),
    "a-static-method": (
        "Box.twice",
        "class Box:\n    @staticmethod\n    def twice(n):\n        return n * 2",
        "class Box:\n    @staticmethod\n    def twice(n):\n        return n * 3",
        "def test(): Box().twice(2)",
        "Box.twice(2)",
    ),
    "a-closure": (
        "adder.<locals>.add",
        "def adder(n):\n    def add(m):\n        return n + m\n    return add",
        "def adder(n):\n    def add(m):\n        return n - m\n    return add",
        "def test(): adder(5)(2)",
        "adder.<locals>.add(m=2)",
    ),
    "recursion": (
        "depth",
        "def depth(tree):\n    return 1 + max((depth(one) for one in tree), default=0)",
        "def depth(tree):\n    return 1 + max((depth(one) for one in tree), default=1)",
        "def test(): depth([[], [[]]])",
        "depth([[], [[]]])",
    ),
    "super": (
        "Child.name",
        "class Base:\n    def name(self): return 'base'\nclass Child(Base):\n    def name(self): return 'child'",
        "class Base:\n    def name(self): return 'base'\nclass Child(Base):\n    def name(self): return super().name()",
        "def test(): Child().name()",
        "Child().name()",
    ),
    "a-helper-that-is-gone": (
        "shout",
        "MARK = '!'\ndef _loud(text):\n    return text.upper() + MARK\ndef shout(text):\n    return _loud(text)",
        "def shout(text):\n    return text.upper() + '?'",
        "def test(): shout('a')",
        "shout('a')",
    ),
    "a-method-that-is-gone": (
        "Box.show",
        "class Box:\n    def _mark(self): return 1\n    def show(self):\n        return self._mark()",
        "class Box:\n    def show(self):\n        return 2",
        "def test(): Box().show()",
        "Box().show()",
    ),
    "a-constant-of-the-module": (
        "limit",
        "MOST = 3\ndef limit(n):\n    return min(n, MOST)",
        "MOST = 4\ndef limit(n):\n    return min(MOST, n)",
        "def test(): limit(9)",
        "limit(9)",
    ),
    "a-renamed-parameter": (
        "half",
        "def half(value):\n    return value // 2",
        "def half(number):\n    return number / 2",
        "def test(): half(3)",
        "half(3)",
    ),
    "a-new-parameter": (
        "half",
        "def half(value):\n    return value // 2",
        "def half(value, exact=True):\n    return value / 2 if exact else value // 2",
        "def test(): half(3)",
        "half(3)",
    ),
    "an-argument-that-is-changed": (
        "clean",
        "def clean(items):\n    items.sort()\n    return len(items)",
        "def clean(items):\n    return len(sorted(items))",
        "def test(): clean([2, 1])",
        "clean([2, 1])",
    ),
    "what-is-printed": (
        "hello",
        "def hello(name):\n    print('hello', name)",
        "def hello(name):\n    print('bye', name)",
        "def test(capfd): hello('you'); assert capfd.readouterr().out == 'bye you\\n'",
        "hello('you')",
    ),
    "parameters": (
        "sign",
        "def sign(n):\n    return (n > 0) - (n < 0)",
        "def sign(n):\n    return 1 if n >= 0 else -1",
        "import pytest\n@pytest.mark.parametrize('n', [5, -5, 0])\ndef test(n): sign(n)",
        "sign(0)",
    ),
    "a-mock": (
        "send",
        "def send(client, text):\n    return client.post(text)",
        "def send(client, text):\n    return client.post(text.strip())",
        "from unittest.mock import Mock\ndef test():\n    client = Mock()\n    client.post = lambda text: text\n"
        "    assert send(client, 'a ') == 'a'",
        "",
    ),
    "a-patched-name": (
        "now",
        "def _clock(): return 1\ndef now():\n    return _clock() + 1",
        "def _clock(): return 1\ndef now():\n    return _clock() + 2",
        "def test(monkeypatch):\n    monkeypatch.setattr('pkg.a_patched_name._clock', lambda: 40)\n"
        "    assert now() == 42",
        "now()",
    ),
    "the-c-library": (
        "words",
        "def words(text):\n    return re.findall(r'\\w+', text)",
        "def words(text):\n    return re.split(r'\\W+', text)",
        "def test(): words('a b')",
        "words('')",
    ),
    "a-number-that-the-object-holds": (
        "Shelf.take",
        "class Shelf:\n    def __init__(self, goods):\n        self.goods = goods\n"
        "    def take(self, name, amount):\n        if amount > self.goods[name]:\n            raise ValueError\n"
        "        return amount",
        "class Shelf:\n    def __init__(self, goods):\n        self.goods = goods\n"
        "    def take(self, name, amount):\n        if amount >= self.goods[name]:\n            raise ValueError\n"
        "        return amount",
        "def test(): Shelf({'tea': 73}).take('tea', 5)",
        "Shelf(goods={'tea': 73}).take('tea', 73)",
    ),
    "a-default-that-nobody-gives": (
        "head",
        "def head(text, width=5):\n    return text[:width]",
        "def head(text, width=5):\n    return text[:max(width, 0)]",
        "def test(): head('abcdefgh')",
        "head('abcdefgh', -5)",
    ),
    "a-keyword-only": (
        "head",
        "def head(text, *, width):\n    return text[:width]",
        "def head(text, *, width):\n    return text[:max(width, 0)]",
        "def test(): head('abcdefgh', width=5)",
        "head('abcdefgh', width=-5)",
    ),
    "a-further-keyword": (
        "scaled",
        "def scaled(value, **options):\n    return value * options.get('by', 1)",
        "def scaled(value, **options):\n    return value * (options.get('by') or 1)",
        "def test(): scaled(2, by=3)",
        "scaled(2, by=0)",
    ),
    "a-further-argument": (
        "largest",
        "def largest(*numbers):\n    return max(numbers)",
        "def largest(*numbers):\n    return max(numbers, key=abs)",
        "def test(): largest(1, 2)",
        "largest(1, -2)",
    ),
    "an-item-of-a-list": (
        "total",
        "def total(items):\n    return sum(items)",
        "def total(items):\n    return sum(item for item in items if item > 0)",
        "def test(): total([1, 2])",
        "total([-1, 2])",
    ),
    "an-item-of-a-dictionary": (
        "price",
        "def price(basket):\n    return sum(basket.values())",
        "def price(basket):\n    return sum(abs(one) for one in basket.values())",
        "def test(): price({'tea': 2})",
        "price({'tea': -2})",
    ),
    "what-a-later-test-knows": (
        "known",
        "def known(text, a, b, c):\n    return sum(map(ord, text)) == 404",
        "def known(text, a, b, c):\n    return sum(map(ord, text)) in (404, 434)",
        "import pytest\n@pytest.mark.parametrize('n', range(9))\n"
        "def test(n): known('abc' * n, [n], {'n': n}, (n,))\ndef test_later(): known('open', 0, 1, 2)",
        "known('open', 0, 1, 2)",
    ),
    "what-comes-after-equal-calls": (
        "total",
        "class Bag:\n    def __init__(self, *items): self.items = [*items]\ndef total(bag):\n    return sum(bag.items)",
        "class Bag:\n    def __init__(self, *items): self.items = [*items]\n"
        "def total(bag):\n    return sum({*bag.items})",
        "def test_one(): total(Bag(1))\ndef test_two(): total(Bag(1))\ndef test_three(): total(Bag(2, 2))",
        "total(bag=pkg.what_comes_after_equal_calls.Bag(items=[2, 2]))",
    ),
    "an-endless-loop": (
        "count",
        "def count(n):\n    return n",
        "def count(n):\n    while n < 0: pass\n    return n",
        "def test(): count(3)",
        "count(-3)",
    ),
    "a-crash": (
        "leave",
        "def leave(n):\n    return n",
        "def leave(n):\n    import os\n    if n == 0: os._exit(3)\n    return n",
        "def test(): leave(3)",
        "leave(0)",
    ),
}

SUITE_OLD = """
    import random, time, threading, warnings, functools, os

    def upper(text): return text.upper()
    def read(stream): return stream.read()
    def write(path, text): path.write_text(text); return len(text)
    def draw(): return random.random()
    def tick(): return time.time_ns()
    def warn(): warnings.warn("old", stacklevel=2)
    def keep(item): return [item]
    def with_thread(n): return n
    def outer(a, b):
        def inner(): return a
        return inner
    @functools.lru_cache
    def cached(n): return n
    def start(n): return n
    def only_documented(n):
        return n
    class Names(list):
        def add(self, name): self.append(name); return self
    def unique(n): return n
"""
SUITE_NEW = """
    import random, time, threading, warnings, functools, os

    def upper(text): return text.upper() or None
    def read(stream): return stream.read() + "\\n"
    def write(path, text): path.write_text(text + "."); return len(text)
    def draw(): return random.random() + 1
    def tick(): return time.time_ns() + 1
    def warn(): warnings.warn("new", stacklevel=2)
    def keep(item): return (item,)
    def with_thread(n): return n + 1
    def outer(a, b):
        def inner(): return b
        return inner
    @functools.lru_cache
    def cached(n):
        result = n
        return result
    def start(n): return n + 1
    def only_documented(n):
        "Now with a docstring."
        return n
    class Names(list):
        def add(self, name): self.extend([name]); return self
    def unique(n):
        result = n
        return result
"""
SUITE = """
    import gc, inspect, os, pickle, signal, subprocess, sys, threading, time, unittest, warnings, weakref
    from unittest import mock
    import pytest
    from pkg import mod

    def test_upper(): assert mod.upper("a") == "A"
    def test_fails(): assert mod.upper("a") == "b"
    @pytest.mark.skip
    def test_skipped(): pass
    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail(): assert mod.upper("a") == "b"
    @pytest.fixture
    def broken(): raise ValueError
    def test_error(broken): pass

    def test_a_stream_keeps_its_place(tmp_path):
        (tmp_path / "a").write_text("one two")
        with open(tmp_path / "a") as stream:
            assert stream.read(4) == "one "
            assert mod.read(stream) == "two\\n"
            assert stream.read() == ""
    def test_a_pipe_keeps_what_is_in_it():
        read, write = os.pipe()
        os.write(write, b"word"); os.close(write)
        with open(read) as stream: assert mod.read(stream) == "word\\n"
    def test_a_file_is_written_once(tmp_path):
        assert mod.write(tmp_path / "b", "text") == 4
        assert os.listdir(tmp_path) == ["b"] and (tmp_path / "b").read_text() == "text."
    def test_output(capfd):
        os.write(1, b"mine"); mod.upper("c"); assert capfd.readouterr().out == "mine"
    def test_random():
        import random
        random.seed(3); expected = random.random() + 1
        random.seed(3); assert mod.draw() == expected
    def test_time(): assert mod.tick() < mod.tick()
    def test_warning():
        with pytest.warns(UserWarning, match="new") as record: mod.warn()
        assert record[0].filename == __file__
    def test_garbage():
        class Thing: pass
        thing = Thing(); thing.self = thing; there = weakref.ref(thing)
        mod.keep(thing); del thing; gc.collect()
        assert there() is None
    def test_thread():
        done = threading.Event()
        thread = threading.Thread(target=done.wait); thread.start()
        try: assert mod.with_thread(1) == 2
        finally: done.set(); thread.join()
    def test_fork():
        pid = os.fork()
        if pid == 0:
            os._exit(0 if mod.upper("forked") == "FORKED" else 1)
        assert os.waitpid(pid, 0)[1] == 0
    def test_wait_for_any_child():
        mod.upper("waiting")
        with pytest.raises(ChildProcessError): os.waitpid(-1, 0)
    def test_ended_children():
        seen = []
        before = signal.signal(signal.SIGCHLD, lambda *a: seen.append(a))
        try: mod.upper("child"); assert seen == []
        finally: signal.signal(signal.SIGCHLD, before)
    def test_trace():
        seen = []
        sys.settrace(lambda frame, event, arg: seen.append((event, frame.f_code.co_name)))
        try: mod.upper("traced")
        finally: sys.settrace(None)
        assert seen == [("call", "upper")]
    def test_profile():
        seen = []
        sys.setprofile(lambda frame, event, arg: seen.append(frame.f_code.co_name) if event == "call" else None)
        try: mod.upper("profiled")
        finally: sys.setprofile(None)
        assert "upper" in seen
    def test_closure(): assert mod.outer(1, 2)() == 2
    def test_cache():
        mod.cached.cache_clear(); mod.cached(1); mod.cached(1)
        assert mod.cached.cache_info().hits == 1
    def test_patched(monkeypatch):
        for name in ("fork", "pipe", "read", "write", "waitpid"): monkeypatch.setattr(os, name, None)
        monkeypatch.setattr(time, "monotonic", lambda: 1e12)
        assert mod.upper("patched") == "PATCHED"
    def test_source(): assert inspect.getsource(mod.upper).startswith("def upper(text)")
    def test_alarm():
        rung = []
        before = signal.signal(signal.SIGALRM, lambda *a: rung.append(1))
        signal.setitimer(signal.ITIMER_REAL, 30)
        mod.upper("alarm")
        left = signal.setitimer(signal.ITIMER_REAL, 0)[0]
        signal.signal(signal.SIGALRM, before)
        assert left > 5 and not rung
    def test_mock():
        client = mock.MagicMock()
        mod.keep(client); assert client.mock_calls == []
    def test_generator_is_not_used_up():
        one = (n for n in range(3)); mod.keep(one); assert list(one) == [0, 1, 2]
    def test_lazy_object():
        class Lazy:
            asked = 0
            @property
            def __class__(self): type(self).asked += 1; return str
        mod.keep(Lazy()); assert Lazy.asked == 0
    def test_pickle(): assert pickle.loads(pickle.dumps(mod.upper)) is mod.upper
    def test_subprocess(): assert subprocess.run([sys.executable, "-c", "print(1)"], stdout=-1).stdout == b"1\\n"
    def test_documented(): assert mod.only_documented(1) == 1
    def test_list_subclass(): assert mod.Names().add("a") == ["a"]
    def test_same(): assert [mod.unique(n % 3) for n in range(300)][-1] == 2
    class TestCase(unittest.TestCase):
        def setUp(self): self.value = mod.upper("set up")
        def test_method(self): self.assertEqual(self.value, "SET UP")
    class TestPlain:
        @pytest.mark.parametrize("text", ["a", "b"])
        def test_parameters(self, text): assert mod.upper(text) == text.upper()
"""
NAMES = (
    *("upper", "read", "write", "draw", "tick", "warn", "keep", "with_thread", "outer.<locals>.inner", "cached"),
    *("start", "only_documented", "Names.add", "unique"),
)
OTHERS = {
    "tests/test_broken.py": "import no_such_module_anywhere\ndef test(): pass\n",
    "tests/test_property.py": "from hypothesis import given, settings, strategies as s\nfrom pkg import mod\n"
    "@settings(deadline=None)\n@given(s.text())\ndef test(text): assert (mod.upper(text) or '') == text.upper()\n",
    "tests/conftest.py": "import sys\nsys.setrecursionlimit(1500)\n",
}

HARMLESS: dict[str, tuple[str, str, str, str]] = {
    # id: (function, old, new, test)
    "other-words-of-an-exception": (
        "port",
        "def port(text):\n    if not text.isdigit(): raise ValueError('bad')\n    return int(text)",
        "def port(text):\n    if not text.isdigit(): raise ValueError(f'bad {text}')\n    return int(text)",
        "import pytest\ndef test():\n    with pytest.raises(ValueError): port('x')\n    port('80')",
    ),
    "a-private-cache": (
        "Rates.of",
        "class Rates:\n    def of(self, n):\n        return n * 2",
        "class Rates:\n    def of(self, n):\n        self._last = n\n        return n * 2",
        "def test(): Rates().of(3)",
    ),
    "a-helper-that-is-new": (
        "area",
        "def area(w, h):\n    return w * h",
        "def _times(w, h):\n    return w * h\ndef area(w, h):\n    return _times(w, h)",
        "def test(): area(2, 3)",
    ),
    "a-loop-instead": (
        "total",
        "def total(items):\n    return sum(item for item in items)",
        "def total(items):\n    result = 0\n    for item in items:\n        result += item\n    return result",
        "def test(): total([1, 2, 3])",
    ),
    "a-log-line": (
        "sold",
        "def sold(n):\n    return n * 2",
        "def sold(n):\n    import sys, logging\n    print('sold', n, file=sys.stderr)\n"
        "    logging.getLogger(__name__).warning('sold %s', n)\n    return n * 2",
        "def test(): sold(3)",
    ),
    "an-object-with-an-address": (
        "named",
        "class Thing: pass\ndef named(thing):\n    return {'thing': thing, 'text': str(thing)}",
        "class Thing: pass\ndef named(thing):\n    return dict(thing=thing, text=str(thing))",
        "def test(): named(Thing())",
    ),
}
