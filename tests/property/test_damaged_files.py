"""However a file is damaged, it is rejected with a sentence or every record of it is accounted for."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st
from loading import typed

from data.errors import InputRejected

WHOLE = (
    "placement_id,component,amount_gbp,vat_gbp,unit,funder,valid_from,valid_to\r\n"
    'P1,core,"£45,000.50",0,year,education,01/09/2024,\r\n'
    "P2,therapy,12.5,,day,health,2024-09-01,2025-08-31\r\n"
    "\r\nP3,one_to_one,(3),,week,,45536,\r\n"
).encode()
SPLICES = st.sampled_from(
    [b"", b'"', b",", b"\r", b"\n", b"\x00", b"\xff", b";", b"\t", "\u202e".encode(), b"#REF!", b"1e308", b"nan", b"31/02/2024", b"A" * 40_000]
)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 12), SPLICES | st.binary(max_size=4)), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
@example([(0, len(WHOLE), b"\xfe\xff\x00")])
def test_a_damaged_file_is_rejected_or_every_record_is_accounted_for(cuts: list[tuple[int, int, bytes]]) -> None:
    data = WHOLE
    for start, length, splice in cuts:
        data = data[:start] + splice + data[start + length :]
    try:
        with TemporaryDirectory() as folder:
            read = typed(data, Path(folder))
    except InputRejected as rejection:
        assert rejection.message.endswith(".")  # noqa: PT017 - either ending is right, this one with a sentence
        return
    at_fault = {fault.row for fault in read.faults}
    assert read.rows_in == len(read.rows["row_number"]) + len(at_fault) + len(read.ragged)
    assert set(read.records) == at_fault
    assert not (at_fault | set(read.ragged)) & set(read.rows["row_number"])
