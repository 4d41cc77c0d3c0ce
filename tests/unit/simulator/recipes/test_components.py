from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from tastemaker.simulator.recipes.base import MetadataTable, Request
from tastemaker.simulator.recipes.closed_form import invert_gram, solve_ease
from tastemaker.simulator.recipes.content import build_item_vectors
from tastemaker.simulator.recipes.counts import DenseCounts, add_gram, count_followers, decay_weights, user_item
from tastemaker.simulator.recipes.histories import Histories, Moments, build_corpus
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.queries import QueryRule, build_query, newest_distinct
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tastemaker.simulator.recipes.sims import SimsRecipe
from tastemaker.simulator.recipes.trends import DAY_SECONDS, build_grid, decayed_counts, locate
from tests.support.recipe_data import build_input
from tests.support.recipes import START, ask, best, checkerboard


def one_user(items: list[int], times: list[int] | None = None) -> Histories:
    moments = list(range(len(items))) if times is None else times
    return Histories(np.array([0, len(items)]), np.array(items, np.int32), np.array(moments, np.int64))


def two_users() -> Histories:
    items = np.array([0, 1, 2, 1, 2, 0, 0], np.int32)
    return Histories(np.array([0, 4, 7]), items, np.arange(7, dtype=np.int64))


def test_followers_are_weighted_by_their_distance_and_stay_within_a_user() -> None:
    counted = count_followers(two_users(), 3, decay_weights(2, 0.5)).toarray()
    # user one: 0 1 2 1, user two: 2 0 0; an item that follows itself is not counted
    assert counted.tolist() == [[0, 1, 0.5], [0, 0, 1], [1.5, 1, 0]]


def test_the_gram_matrix_is_the_same_dense_and_sparse() -> None:
    matrix = user_item(two_users(), 3)
    gram = np.zeros((3, 3), np.float32)
    add_gram(gram, matrix)
    assert np.array_equal(gram, (matrix.T @ matrix).toarray())


@pytest.mark.slow
def test_a_gram_matrix_of_many_pairs_is_added_up_in_parts() -> None:
    # 900 users with 100 of 5,000 items each: nine million pairs, four million at once
    items = np.sort(np.random.default_rng(1).permuted(np.tile(np.arange(5_000), (900, 1)), axis=1)[:, :100])
    matrix = sparse.csr_array((np.ones(90_000, np.float32), items.ravel(), np.arange(0, 90_001, 100)), (900, 5_000))
    gram = np.ones((5_000, 5_000), np.float32)
    add_gram(gram, matrix)
    gram -= 1
    assert np.array_equal(gram, (matrix.T @ matrix).toarray())


def test_counts_add_up_over_users() -> None:
    together, apart = DenseCounts.empty(3), DenseCounts.empty(3)
    together.add(two_users(), decay_weights(3, 0.5))
    for user in range(2):
        apart.add(two_users().take(np.array([user])), decay_weights(3, 0.5))
    assert np.array_equal(together.whole, apart.whole)
    assert np.array_equal(together.follows, apart.follows)


@pytest.mark.parametrize("size", [1, 3, 700])
def test_the_inverse_is_one(size: int) -> None:
    half = np.random.default_rng(1).random((size, size)).astype(np.float32)
    gram = half @ half.T
    inverse = invert_gram(gram.copy(), 10.0)
    assert np.allclose(inverse @ (gram + 10 * np.eye(size)), np.eye(size), atol=2e-3)
    assert np.array_equal(inverse, inverse.T)


def test_an_indefinite_matrix_gets_a_stronger_ridge() -> None:
    gram = np.array([[0, 15], [15, 0]], np.float32)
    expected = np.linalg.inv(np.array([[20, 15], [15, 20]]))
    assert np.allclose(invert_gram(gram, 10.0), expected, atol=1e-5)


def test_ease_has_no_diagonal() -> None:
    weights = solve_ease(np.array([[2.0, -1.0], [-1.0, 4.0]], np.float32))
    assert weights.tolist() == [[0, 0.25], [0.5, 0]]


def test_the_newest_event_of_an_item_counts_and_one_moment_shares_a_place() -> None:
    newest, places = newest_distinct(one_user([5, 3, 5, 7, 8], times=[0, 1, 2, 9, 9]), 10)
    assert (newest.items.tolist(), places.tolist()) == ([3, 5, 7, 8], [3, 2, 0, 0])


def test_query_weights_fall_to_the_floor() -> None:
    newest, places = newest_distinct(one_user([0, 1, 2]), 3)
    query = build_query(newest, places, QueryRule(1.0, 0.2, 9), np.arange(3, dtype=np.int32), 3)
    assert query.toarray()[0] == pytest.approx([0.2, np.exp(-1), 1.0])


def test_popularity_knows_only_the_past() -> None:
    history = one_user([0, 1], times=[0, int(DAY_SECONDS)])
    grid = np.array([0, int(DAY_SECONDS)])
    assert decayed_counts(history, 2, grid, 1.0) == pytest.approx(np.array([[1, 0], [np.exp(-1), 1]]))


def test_the_grid_ends_with_the_newest_event() -> None:
    grid = build_grid(one_user([0, 0, 0], times=[3, 5, 9]), cells=2)
    assert grid.tolist() == [3, 9]
    assert locate(grid, np.array([1, 3, 8, 9, 99])).tolist() == [0, 0, 0, 1, 1]


def test_items_that_share_rare_terms_are_similar() -> None:
    ids = np.array(["a", "b", "c", "d"], object)
    columns = {
        "GENRE": np.array(["x|y", "x", "y", None], object),
        "TEXT": np.array(["Red Box", "red", "", None], object),
    }
    table = MetadataTable(ids, columns, frozenset({"GENRE"}), frozenset({"TEXT"}))
    vectors = build_item_vectors(table, ids)
    assert vectors is not None
    similarity = (vectors @ vectors.T).toarray()
    assert similarity[0, 1] > similarity[0, 2] > similarity[1, 2] == 0
    assert similarity[3].tolist() == [0, 0, 0, 0]


def test_metadata_without_shared_terms_gives_no_vectors() -> None:
    ids = np.array(["a", "b"], object)
    table = MetadataTable(ids, {"GENRE": np.array(["x", "y"], object)}, frozenset({"GENRE"}))
    assert build_item_vectors(table, ids) is None


def test_simultaneous_events_are_not_in_order_of_item_id() -> None:
    rows = [("u", f"i{i:03}", START) for i in range(100)]
    items = build_corpus(build_input(rows)).histories.items
    assert sorted(items.tolist()) == list(range(100)) != items.tolist()


def test_a_request_long_after_training_sees_the_newest_popularity() -> None:
    model = PersonalizationRecipe().train(checkerboard())
    history = ["i00", "i02"]
    assert np.array_equal(ask(model, history, now=START + 10**6), ask(model, history, now=START + 10**8))


def test_a_single_request_scores_as_in_a_batch() -> None:
    model = PersonalizationRecipe().train(checkerboard())
    histories = Histories(np.array([0, 2, 2, 5]), np.array([0, 2, 1, 3, 5], np.int32), np.arange(5) + START)
    now = np.full(3, START + 9)
    batch = model.score_batch(Moments(histories, now))
    for row in range(3):
        part = histories.take(np.array([row]))
        assert np.array_equal(batch[row], model.score(Request(part.items, part.times, START + 9)))


def test_a_cold_item_is_answered_by_metadata() -> None:
    ids = np.array([f"i{i:02}" for i in range(42)], object)
    kind = np.array(["even" if i % 2 == 0 else "odd" for i in range(42)], object)
    data = checkerboard()
    table = MetadataTable(ids, {"KIND": kind}, frozenset({"KIND"}))
    model = SimilarItemsRecipe().train(type(data)(data.interactions, table, None, {}, 7))
    answer = best(model, ask(model, [], "i41"), 10)
    assert {int(item[1:]) % 2 for item in answer} == {1}


def test_sims_without_discount_prefers_the_popular_item() -> None:
    rows = [(f"u{u}", "a", START + u) for u in range(10)]
    rows += [(f"u{u}", "b", START + u) for u in range(6)]
    rows += [(f"v{u}", "b", START + u) for u in range(40)]
    rows += [(f"u{u}", "c", START + u) for u in range(4)]
    data = build_input(rows)

    def first(discount: str) -> list[str]:
        knobs = {"popularity_discount_factor": discount, "min_cointeraction_count": "3"}
        model = SimsRecipe().train(type(data)(data.interactions, None, None, knobs, 1))
        return best(model, ask(model, [], "a"), 1)

    assert (first("0.0"), first("1.0")) == (["b"], ["c"])


def test_a_grid_of_users_times_items_is_never_dense() -> None:
    assert sparse.issparse(user_item(two_users(), 3))


def test_numbers_are_content_by_ranges_of_as_many_items_each() -> None:
    ids = np.array([f"i{i:02}" for i in range(40)], object)
    prices = np.array([float(i) if i != 39 else np.nan for i in range(40)])
    columns = {"PRICE": prices, "CREATION_TIMESTAMP": np.ones(40)}
    vectors = build_item_vectors(MetadataTable(ids, columns), ids)
    assert vectors is not None
    alike = (vectors @ vectors.T).toarray()
    assert vectors.shape == (40, 10)
    assert np.flatnonzero(alike[1] > 0).tolist() == [0, 1, 2, 3]
    assert alike[39].tolist() == [0] * 40
