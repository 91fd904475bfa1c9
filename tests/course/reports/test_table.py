"""Tables of other people's: read like the standard library does, kept byte for byte."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.course.reports.order import ReportError
from minigrad.course.reports.table import Table

cells = st.text(alphabet='ab ,;"\r\n\té', max_size=4)
rows = st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4)


def values(table):
    return [[cell.value for cell in row] for row in table.rows]


@given(rows, st.sampled_from(["\r\n", "\n", "\r"]), st.booleans(), st.booleans())
def test_it_reads_what_the_standard_library_reads(rows, ending, every, mark):
    """Quotes inside of quotes, separators and line ends inside of cells, a BOM."""
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    head = ["a", "b", "c"]  # from which the separator is known
    csv.writer(out, lineterminator=ending, quoting=quoting).writerows([head, *rows])
    data = out.getvalue().encode("utf-8-sig" if mark else "utf-8")
    table = Table(data, "x.csv")
    read = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert values(table) == [row for row in read if any(row)]
    assert table.data() == data


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_only_the_cell_changes(separator, encoding, ending):
    """Before and after it stand the bytes that stood there."""
    lines = ['Name "x"|Grade', 'Mül"ler|', '"a ""b"" é"|"1"', "", " b | 2 "]
    text = ending.join(lines).replace("|", separator)
    table = Table(text.encode(encoding), "x.csv")
    for row, value in zip(table.rows[1:], ["61.5", "62", "63"], strict=True):
        table.fill(row[1], value)
    filled = ['Name "x"|Grade', 'Mül"ler|61.5', '"a ""b"" é"|"62"', "", " b |63"]
    expected = ending.join(filled).replace("|", separator).encode(encoding)
    assert table.data() == expected


def test_a_value_gets_the_quotes_it_needs():
    """A comment with quotes, commas and lines stays in its cell."""
    table = Table(b"a,b\n1,2\n", "x.csv")
    table.fill(table.rows[1][1], 'say "x", or\ny')
    assert list(csv.reader(io.StringIO(table.data().decode())))[1][1] == (
        'say "x", or\ny'
    )


def test_what_an_encoding_lacks_is_an_entity():
    """Comments are HTML, so nothing is lost in an old encoding."""
    table = Table("ü,b\n1,2\n".encode("latin-1"), "x.csv")
    table.fill(table.rows[1][1], "<p>ρ ü</p>")
    assert table.data() == "ü,b\n1,<p>&#961; ü</p>\n".encode("latin-1")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "x.csv is empty"),
        (b"\n\n", "x.csv is empty"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (b'a,b\n"1,2\n', "row 2 has a quote that never ends"),
    ],
)
def test_what_is_no_table_is_refused(data, says):
    """In a sentence that names the file."""
    with pytest.raises(ReportError, match=says):
        Table(data, "x.csv")
