from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reviewer.wholefile import write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_made_as_the_user_makes_files(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_whole(tmp_path / "a", b"1")
    assert (mode(tmp_path / "a"), (tmp_path / "a").read_bytes()) == (mode(tmp_path / "other"), b"1")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize(("given", "found"), [(None, 0o640), (0o600, 0o600)])
def test_a_file_keeps_its_mode_unless_another_is_given(tmp_path: Path, given: int | None, found: int) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"0")
    target.chmod(0o640)
    write_whole(target, b"1", given)
    assert (mode(target), target.read_bytes()) == (found, b"1")


def test_where_it_cannot_be_put_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "a" / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        write_whole(tmp_path / "a", b"1")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"0")
    (tmp_path / "a").symlink_to(tmp_path / "outside")
    write_whole(tmp_path / "a", b"1")
    assert not (tmp_path / "a").is_symlink()
    assert [(tmp_path / name).read_bytes() for name in ("outside", "a")] == [b"0", b"1"]
