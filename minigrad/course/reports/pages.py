"""A page a student, to be sent to them or put where they alone can read it."""

from __future__ import annotations

from minigrad.course.failing import left_out
from minigrad.course.reports.order import Made, Order, file_name, sound
from minigrad.course.story import student_page


def to_pages(order: Order) -> Made:
    """One page, or a folder with one for each submission; none says of another."""
    found, worries = sound(order)
    pages = [student_page(order.results, s).encode("utf-8") for s in found]
    remarks = left_out(found)
    if len(order.results.submissions) == 1:
        return Made(pages[0], remarks)
    names = [f"{file_name(s.id)}.html" for s in found]
    return Made(dict(zip(names, pages, strict=True)), remarks, worries)
