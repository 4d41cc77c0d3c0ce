from __future__ import annotations

from tastemaker.rehearsal.replay import Interaction
from tastemaker.rehearsal.traffic import build_sessions


def watch(at: float, user: str = "ann", item: str = "i") -> Interaction:
    return Interaction(at, user, item, "watch", None)


def test_interactions_close_together_are_one_session_which_is_told_at_its_end() -> None:
    (session,) = build_sessions([watch(0), watch(1_800)])
    assert (session.at, session.user_id, len(session.interactions)) == (1_800, "ann", 2)


def test_a_pause_of_more_than_half_an_hour_begins_a_new_session() -> None:
    assert [session.at for session in build_sessions([watch(0), watch(1_801)])] == [0, 1_801]


def test_a_session_ends_after_ten_events() -> None:
    sessions = build_sessions([watch(at) for at in range(25)])
    assert [len(session.interactions) for session in sessions] == [10, 10, 5]


def test_users_have_sessions_of_their_own_in_the_order_of_time() -> None:
    sessions = build_sessions([watch(0, "bob"), watch(5, "ann"), watch(9, "bob")])
    assert [(session.user_id, session.at) for session in sessions] == [("ann", 5), ("bob", 9)]


def test_sessions_of_one_user_have_different_names() -> None:
    names = [session.session_id for session in build_sessions([watch(at) for at in range(25)])]
    assert len(set(names)) == 3
