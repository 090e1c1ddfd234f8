"""Lines of log streams: in order of time, page by page, on every kind of store."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.store.ports import Store
from rolecall.store.records import LogEvent, LogListing

TIMES = st.lists(st.integers(min_value=0, max_value=20), max_size=30)


def written(store: Store, stream: int, times: list[int]) -> None:
    store.write_sync(
        lambda unit: unit.add_log_events(
            LogEvent(stream=stream, time=time, ingested=99, message=f"{number}: ü")
            for number, time in enumerate(times)
        )
    )


def every(store: Store, listing: LogListing) -> list[LogEvent]:
    """All pages of a listing, two lines a page."""
    found: list[LogEvent] = []
    while True:
        after = (found[-1].time, found[-1].sequence) if found else None
        page_listing = LogListing(
            stream=listing.stream,
            since=listing.since,
            until=listing.until,
            descending=listing.descending,
            after=after,
            limit=2,
        )
        with store.read() as reader:
            page = reader.log_events(page_listing)
        if not page:
            return found
        found += page


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(times=TIMES, since=st.integers(0, 20), until=st.integers(0, 21))
def test_pages_give_every_line_in_the_range_once_and_in_order(
    store: Store, times: list[int], since: int, until: int
) -> None:
    store.write_sync(lambda unit: unit.remove_log_events(1))
    written(store, 1, times)
    written(store, 2, [5, 6])
    expected = sorted(time for time in times if since <= time < until)
    ascending = every(store, LogListing(stream=1, since=since, until=until))
    assert [line.time for line in ascending] == expected
    descending = every(store, LogListing(stream=1, since=since, until=until, descending=True))
    assert descending == ascending[::-1]


def test_lines_before_a_time_are_taken_away(store: Store) -> None:
    written(store, 7, [1, 2, 3])
    store.write_sync(lambda unit: unit.remove_log_events(7, before=3))
    assert [line.message for line in every(store, LogListing(stream=7))] == ["2: ü"]
