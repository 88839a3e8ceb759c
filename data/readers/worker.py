"""The process that reads files: `python -m data.readers.worker FOLDER`, with limits of its own and none of the store's handles.

FOLDER/call.json names the paths, and the source and profile a person may have named. Each line of standard input is an order for one file
by number: `know 0`, `read 0`, `preview 0`, or `gather 0 DETAIL` for the files of a SEN2 return (the detail holds the store's key for pseudonyms,
which is why it does not lie in a file); its answer is FOLDER/0/ORDER.json, or FOLDER/0/rejected.json with code and message. Progress
goes to standard error. Orders end only with the process that gave them: then this one removes FOLDER, with the children's records in it, and ends at once.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.here import Here

# Address space, on Linux only: an order for tens of gigabytes (a sheet with two cells far apart) fails at once instead of driving the
# machine into swapping between two looks of the watcher. Far above the 1 GB of memory the watcher allows: Arrow's allocator and the threads'
# stacks reserve about 3 GB of addresses that they never use.
ADDRESS_SPACE = 8_000_000_000
NO_ROOM = 74  # exit code: what was read could not be written
ORPHANED = 75  # exit code: the process that gave the orders is gone


def limit_addresses() -> None:
    """Sets the ceiling on Linux; elsewhere the watcher of memory is alone."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not leave children's data on the disk


def main(folder: Path) -> None:
    """Takes orders until there are no more."""
    gc.set_threshold(200_000, 20, 100)  # blocks are lists of lists without cycles: looking through them again and again took a third of the time
    from data.errors import InputRejected
    from data.reading import Here

    call = json.loads((folder / "call.json").read_text(encoding="utf-8"))
    desk = Here([Path(path) for path in call["paths"]], call["source"], call["profile"], folder)
    for line in orders(folder):
        order, number, *detail = line.strip().split(" ", 2)
        own = folder / number
        own.mkdir(exist_ok=True)
        try:
            answer(own / f"{order}.json", _obey(desk, order, int(number), detail))
        except InputRejected as error:
            answer(own / "rejected.json", {"code": error.code, "message": error.message})
        except MemoryError:
            answer(own / "rejected.json", {"code": "reader_limit", "message": ""})
        except BrokenPipeError:  # nobody hears how far it is
            leave(folder)
        except OSError as error:  # no room for the blocks, and perhaps none for an answer
            print(error.strerror or error, file=sys.stderr)
            sys.exit(NO_ROOM)


def orders(folder: Path) -> Iterator[str]:
    """Each line of standard input. A thread listens, so that their end is heard in the midst of a long file: nobody watches its limits then."""
    heard: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            heard.put(line)
        leave(folder)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield heard.get()


def leave(folder: Path) -> None:
    """Ends the process whose orders have ended, and what it has read."""
    shutil.rmtree(folder, ignore_errors=True)  # what is being written this moment goes at the next start of the product
    os._exit(ORPHANED)


def _obey(desk: Here, order: str, number: int, detail: Sequence[str]) -> dict[str, Any]:
    if order == "know":
        return dict(asdict(desk.know(number)))
    if order == "preview":
        return dict(asdict(desk.preview(number)))
    if order == "gather":
        from data.sen2 import Asked

        asked = json.loads(detail[0])
        return desk.gather(asked["numbers"], Asked.from_json(asked), _tell).to_json()
    desk.read(number, _tell)
    return {}


def _tell(share: float) -> None:
    print(f"progress {share:.3f} Reading", file=sys.stderr, flush=True)


def answer(path: Path, document: dict[str, Any]) -> None:
    """Writes an answer so that it is whole when it is there."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(document), encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    limit_addresses()
    main(Path(sys.argv[1]))
