import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.warehouse.calls import contents, full_call, warehouse
from warehouse.file import WarehouseBusy, WarehouseError
from warehouse.load import load_calls
from warehouse.publish import publish
from warehouse.query import read, rows

COUNT = "SELECT count(*) FROM call_overview"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "work" / "calls.duckdb"
    with warehouse(path) as connection:
        load_calls(connection, [full_call()], "run-1")
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / 'it\'s "published"' / "夜间.duckdb"


def count(path: Path) -> int:
    ((number,),) = rows(read(path, COUNT))
    assert isinstance(number, int)
    return number


def test_the_copy_holds_everything(source: Path, target: Path) -> None:
    publish(source, target)
    commented = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    assert read(target, commented) == read(source, commented)
    with warehouse(source) as original, warehouse(target) as copy:
        assert contents(copy) == contents(original)


def test_nothing_else_is_left(source: Path, target: Path) -> None:
    for _ in range(2):
        publish(source, target)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_connection_of_the_same_run_stays_open_and_locked(source: Path, target: Path) -> None:
    with warehouse(source) as connection:
        load_calls(connection, [full_call("call-2")], "run-2")
        publish(source, target)
        other = (
            "import sys; from pathlib import Path; from warehouse.migrate import connect; connect(Path(sys.argv[1]))"
        )
        refused = subprocess.run(
            [sys.executable, "-c", other, str(source)], capture_output=True, text=True, check=False
        )
        assert "WarehouseBusy" in refused.stderr
        assert load_calls(connection, [full_call("call-3")], "run-2") == 1
    assert (count(target), count(source)) == (2, 3)


READING = """
import sys
from pathlib import Path
from warehouse.file import open_for_reading
connection = open_for_reading(Path(sys.argv[1]))
for _ in sys.stdin:
    sys.stdout.write(f"{connection.execute(sys.argv[2]).fetchone()[0]}\\n")
    sys.stdout.flush()
"""


def test_a_reader_keeps_the_old_copy(source: Path, target: Path) -> None:
    publish(source, target)
    with subprocess.Popen(
        [sys.executable, "-c", READING, str(target), COUNT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin and reader.stdout

        def ask() -> str:
            assert reader.stdin and reader.stdout
            reader.stdin.write("?\n")
            reader.stdin.flush()
            return reader.stdout.readline()

        assert ask() == "1\n"
        with warehouse(source) as connection:
            load_calls(connection, [full_call("call-2")], "run-2")
        publish(source, target)
        assert ask() == "1\n"
        assert count(target) == 2
        reader.stdin.close()


KILLED = """
import os, signal, sys
from pathlib import Path
import warehouse.publish
warehouse.publish._rename = lambda copy, target: os.kill(os.getpid(), signal.SIGKILL)
warehouse.publish.publish(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_kill_before_the_rename_leaves_the_old_copy(source: Path, target: Path) -> None:
    publish(source, target)
    with warehouse(source) as connection:
        load_calls(connection, [full_call("call-2")], "run-2")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(source), str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(target.parent.iterdir())) == 2
    assert count(target) == 1
    publish(source, target)
    assert count(target) == 2
    assert list(target.parent.iterdir()) == [target]


PUBLISHING = """
import sys
from pathlib import Path
from warehouse.publish import publish
while True:
    publish(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_kill_at_any_moment_leaves_a_whole_copy(source: Path, target: Path) -> None:
    publish(source, target)
    for delay_s in (0.0, 0.03, 0.07):
        with subprocess.Popen([sys.executable, "-c", PUBLISHING, str(source), str(target)]) as publisher:
            before = target.stat().st_ino
            while target.stat().st_ino == before and publisher.poll() is None:
                time.sleep(0.005)
            time.sleep(delay_s)
            publisher.kill()
        assert count(target) == 1
    publish(source, target)
    assert list(target.parent.iterdir()) == [target]


def test_a_log_of_an_older_copy_goes_with_it(source: Path, target: Path) -> None:
    publish(source, target)
    log = target.with_name(target.name + ".wal")
    log.write_bytes(b"of another file")
    publish(source, target)
    assert not log.exists()
    assert count(target) == 1


def test_a_source_that_is_not_there(tmp_path: Path, target: Path) -> None:
    with pytest.raises(WarehouseError, match=r"there is no warehouse at .*none\.duckdb to publish"):
        publish(tmp_path / "none.duckdb", target)
    assert not target.parent.exists()


def test_over_itself(source: Path) -> None:
    with pytest.raises(WarehouseError, match="cannot be published over itself"):
        publish(source, source)
    assert count(source) == 1


def test_a_target_folder_that_cannot_be(source: Path) -> None:
    with pytest.raises(WarehouseError, match=r"could not be published .* the old copy stays"):
        publish(source, source / "copy.duckdb")


def test_a_source_that_is_being_written(source: Path, target: Path) -> None:
    writing = "import sys, time; from pathlib import Path; from warehouse.migrate import connect\n"
    writing += "c = connect(Path(sys.argv[1])); print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", writing, str(source)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
        with pytest.raises(WarehouseBusy, match=f"in use by process {writer.pid}"):
            publish(source, target)
        writer.communicate()
