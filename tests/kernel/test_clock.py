"""Shanghai days and working days."""

from datetime import UTC, date, datetime

from app.kernel import clock


def test_a_day_begins_in_shanghai():
    assert clock.shanghai_day(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert clock.shanghai_day(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert clock.rfc3339(datetime(2026, 11, 23, 1, 30, tzinfo=UTC)) == "2026-11-23T09:30:00+08:00"


def test_holidays_and_made_up_saturdays_count_as_announced():
    assert not clock.is_working_day(date(2026, 10, 1))  # National Day
    assert clock.add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)  # over a weekend


def test_a_year_that_isnt_announced_yet_falls_back_to_weekdays():
    assert clock.is_working_day(date(2031, 1, 6))
    assert not clock.is_working_day(date(2031, 1, 4))
