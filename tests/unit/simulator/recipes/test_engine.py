"""The serving engine, its determinism, and what it is saved as."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_info, threadpool_limits

from tastemaker.simulator.recipes import compiled, personalization
from tastemaker.simulator.recipes.base import Request, top_k
from tastemaker.simulator.recipes.blas import in_halves, one_blas_thread, run_both
from tastemaker.simulator.recipes.closed_form import factor_gram, factor_users, invert_gram, multiply_over
from tastemaker.simulator.recipes.compiled import add_standardised, draw
from tastemaker.simulator.recipes.engine import Engine, Layer
from tastemaker.simulator.recipes.evaluation import needs_refit
from tastemaker.simulator.recipes.histories import Histories, Moments
from tastemaker.simulator.recipes.lapack import factor_in_place, invert_triangle, square_triangle
from tastemaker.simulator.recipes.one_request import Likeness, newest_of_one
from tastemaker.simulator.recipes.personalization import PersonalizationRecipe
from tastemaker.simulator.recipes.pruning import move_items, prune, stack_layers
from tastemaker.simulator.recipes.queries import QueryRule, newest_distinct
from tastemaker.simulator.recipes.similar_items import SimilarItemsRecipe
from tastemaker.simulator.recipes.standardising import compress, standardise
from tastemaker.simulator.recipes.trends import TrendGrid
from tests.support.generated import generated
from tests.support.recipes import START, checkerboard

if TYPE_CHECKING:
    from tastemaker.simulator.recipes.base import FloatArray

_TRAIN_AND_HASH = """
import hashlib, sys, tempfile
from pathlib import Path
import numpy as np
from tastemaker.simulator.recipes.base import Request
from tastemaker.simulator.recipes.registry import RECIPES
from tests.support.generated import generated, with_options

digest = hashlib.sha256()
plain = generated(20_000, 300, 500)
for name, data in [(name, data) for name in sys.argv[1:] for data in (plain, with_options(plain))]:
    model = RECIPES[name].train(data)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            digest.update(path.read_bytes())
    for start in range(0, 100, 7):
        history = np.arange(start, start + 30, dtype=np.int32)
        given = {"user_id": "u0000001", "context": {"DEVICE": "tv"}}
        request = Request(history, np.arange(30) + 1_590_000_000, 1_590_000_100, item=start, **given)
        digest.update(model.score(request).tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_models_and_scores_are_the_same_bit_for_bit_under_any_number_of_blas_threads() -> None:
    recipes = ["aws-user-personalization-v2", "aws-similar-items"]

    def train(threads: str) -> str:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        command = [sys.executable, "-c", _TRAIN_AND_HASH, *recipes]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert train("1") == train("2")


def requests(count: int = 12) -> list[Request]:
    rng = np.random.default_rng(3)
    lengths = rng.integers(0, 9, count)
    return [
        Request(rng.integers(0, 40, size).astype(np.int32), np.arange(size) + START, START + 99, item=place)
        for place, size in enumerate(lengths.tolist())
    ]


@pytest.mark.parametrize("recipe", [PersonalizationRecipe(), SimilarItemsRecipe()])
def test_a_loaded_model_answers_many_threads_in_any_order_as_one(
    recipe: PersonalizationRecipe | SimilarItemsRecipe, tmp_path: Path
) -> None:
    recipe.train(checkerboard()).save(tmp_path)
    model = recipe.load(tmp_path)
    alone = [model.score(request) for request in requests()]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(recipe.load(tmp_path).score, requests()[::-1] * 4))
    for place, scores in enumerate(together):
        assert np.array_equal(scores, alone[::-1][place % len(alone)])


def test_scores_do_not_depend_on_blas_threads() -> None:
    model = PersonalizationRecipe().train(checkerboard())

    def scores(threads: int) -> list[bytes]:
        with threadpool_limits(threads, user_api="blas"):
            return [model.score(request).tobytes() for request in requests()]

    assert scores(1) == scores(2)


@pytest.mark.parametrize(
    ("recipe", "array"), [(PersonalizationRecipe(), "engine.table.data"), (SimilarItemsRecipe(), "related")]
)
def test_a_loaded_model_is_a_memory_map(
    recipe: PersonalizationRecipe | SimilarItemsRecipe, array: str, tmp_path: Path
) -> None:
    recipe.train(checkerboard()).save(tmp_path)
    found: object = recipe.load(tmp_path)
    for name in array.split("."):
        found = getattr(found, name)
    assert isinstance(found, np.ndarray)
    assert not found.flags.owndata
    assert not found.flags.writeable


def blas_threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_the_blas_limit_ends_with_its_last_holder() -> None:
    with threadpool_limits(2, user_api="blas"):
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        inside = blas_threads()
        second.__exit__(None, None, None)
        after = blas_threads()
    assert (inside, after) == ({1}, {2})


def test_an_error_of_either_computation_is_raised() -> None:
    def fail() -> None:
        raise ValueError("second")

    with pytest.raises(ValueError, match="second"):
        run_both(lambda: 1, fail)


def users_and_items() -> sparse.csr_array:
    return sparse.csr_array((np.random.default_rng(2).random((5, 30)) < 0.3).astype(np.float32))


@pytest.mark.parametrize("recipe", [PersonalizationRecipe, SimilarItemsRecipe])
@pytest.mark.parametrize("users", [100, pytest.param(12_000, marks=pytest.mark.slow)])
def test_a_large_training_gives_the_same_model_as_one_whose_fits_run_at_once(
    recipe: type[PersonalizationRecipe | SimilarItemsRecipe], users: int, tmp_path: Path
) -> None:
    # of 100 users many are learnt from, of 12,000 few, so that the metrics have no fit of their own
    data = generated(4 * users + 4_000, users, 100)
    for name, items in (("after", 0), ("beside", 100)):
        (tmp_path / name).mkdir()
        recipe(items_at_once=items).train(data).save(tmp_path / name)
    for path in sorted((tmp_path / "after").iterdir()):
        assert path.read_bytes() == (tmp_path / "beside" / path.name).read_bytes()


def test_metrics_have_a_fit_of_their_own_where_many_users_are_learnt_from() -> None:
    assert needs_refit(51, 1000)
    assert not needs_refit(50, 1000)


def test_lapack_leaves_the_other_triangle_and_other_threads_alone() -> None:
    matrix = np.array([[4, 2], [9, 5]], np.float32)
    assert factor_in_place(matrix) == 0
    assert matrix.tolist() == [[2, 1], [9, 2]]
    assert invert_triangle(matrix) == 0
    assert matrix.tolist() == [[0.5, -0.25], [9, 0.5]]
    square_triangle(matrix)
    assert matrix.tolist() == [[0.3125, -0.125], [9, 0.25]]


def test_lapack_says_where_a_matrix_is_not_positive() -> None:
    assert factor_in_place(np.array([[1, 2], [0, 1]], np.float32)) == 2
    assert factor_in_place(np.zeros((0, 0), np.float32)) == 0


@pytest.mark.parametrize("wrong", [np.eye(2), np.asfortranarray(np.arange(4, dtype=np.float32).reshape(2, 2))])
def test_lapack_refuses_what_it_would_misread(wrong: FloatArray) -> None:
    with pytest.raises(ValueError, match="float32 matrix in C order"):
        factor_in_place(wrong)


def test_a_product_is_written_over_its_right_side() -> None:
    rng = np.random.default_rng(5)
    left, right = rng.random((2, 1_100, 1_100)).astype(np.float32)
    expected = left @ right
    assert multiply_over(left, right) is right
    assert np.allclose(right, expected, rtol=1e-5)


@pytest.mark.parametrize(("size", "expected"), [(0, [(0, 0)]), (1, [(0, 1)]), (5, [(0, 3), (3, 5)])])
def test_halves_cover_all_rows(size: int, expected: list[tuple[int, int]]) -> None:
    done: list[tuple[int, int]] = []
    in_halves(lambda rows: done.append((rows.start, rows.stop)), size)
    assert sorted(done) == expected


def test_few_users_give_the_same_inverse_as_the_gram_matrix() -> None:
    matrix = users_and_items()
    expected = invert_gram((matrix.T @ matrix).toarray(order="C"), 3.0)
    assert np.allclose(factor_users(matrix, 3.0).inverse(), expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["gram", "users"])
def test_a_factor_projects_and_knows_its_diagonal_as_the_inverse_does(kind: str) -> None:
    matrix = users_and_items()
    factor = factor_gram((matrix.T @ matrix).toarray(order="C"), 3.0) if kind == "gram" else factor_users(matrix, 3.0)
    queries = np.random.default_rng(4).random((7, 30)).astype(np.float32)
    projected, diagonal, inverse = factor.project(sparse.csr_array(queries)), factor.diagonal(), factor.inverse()
    assert np.allclose(projected, queries @ inverse, atol=1e-4)
    assert np.allclose(diagonal, inverse.diagonal(), atol=1e-5)


def test_pruning_keeps_the_largest_entries_in_the_codes_of_the_catalogue() -> None:
    matrix = np.array([[0, 5, -1], [2, 0, 1], [-9, 0.5, 0]], np.float32)
    pruned = prune(matrix, np.array([1, 2, 4], np.int32), 5, 1).toarray()
    assert pruned[[1, 4]].tolist() == [[0, 0, 5, 0, 0], [0, -9, 0, 0, 0]]
    assert not pruned[[0, 3]].any()


def test_items_move_within_every_layer() -> None:
    layers = [sparse.csr_array(np.array([[0, 1], [2, 0]], np.float32)), sparse.csr_array(np.eye(2, dtype=np.float32))]
    moved = move_items(stack_layers(layers), np.array([0, 2]), 3).toarray()
    assert moved[:3, :3].tolist() == [[0, 0, 1], [0, 0, 0], [2, 0, 0]]
    assert moved[3:, 3:].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize("moments", [1, 7, 100_000])
@pytest.mark.parametrize("events", [1, 40, 9_000])
def test_the_newest_events_of_one_user_are_those_of_a_batch(events: int, moments: int) -> None:
    rng = np.random.default_rng(events)
    items = rng.integers(0, 3_000, events).astype(np.int32)
    times = np.sort(rng.integers(0, moments, events))
    newest, places = newest_distinct(Histories(np.array([0, events]), items, times), 3_000)
    near = places < 256
    found, found_places = newest_of_one(items, times, 256)
    kept = found_places < 256
    assert np.array_equal(found[kept], newest.items[near])
    assert np.array_equal(found_places[kept], places[near])


def test_the_signed_square_root_keeps_signs_and_zeros() -> None:
    values = np.array([4.0, -9.0, 0.0, -0.0], np.float32)
    compress(values)
    assert values.tolist() == [2.0, -3.0, 0.0, 0.0]


def weigh(raw: FloatArray, weights: FloatArray, sizes: FloatArray) -> FloatArray:
    total = np.zeros(raw.shape[1], np.float32)
    add_standardised(raw, weights, sizes, total)
    return total


def test_the_fused_sum_is_that_of_the_standardised_rows() -> None:
    raw = np.random.default_rng(1).random((2, 50)).astype(np.float32)
    raw[0, 30:] = 0.0
    weights, sizes = np.array([0.5, 2.0], np.float32), np.array([30, 50], np.float32)
    short, full = raw[:1, :30].copy(), raw[1:].copy()
    rest = standardise(short)
    standardise(full)
    expected = 2.0 * full[0] + 0.5 * np.append(short[0], np.full(20, rest))
    assert np.allclose(weigh(raw, weights, sizes), expected, atol=1e-4)
    assert not raw.any()


def test_a_row_without_any_score_or_with_one_score_for_all_adds_nothing() -> None:
    raw = np.zeros((3, 6), np.float32)
    raw[1] = 2.0
    raw[2, 1:3] = 4.0, 1.0
    weights, sizes = np.array([1.0, 1.0, 0.5], np.float32), np.full(3, 6, np.float32)
    alone = raw[2:].copy()
    standardise(alone)
    assert np.allclose(weigh(raw, weights, sizes), 0.5 * alone[0], atol=1e-4)
    assert weigh(raw[:, :0], weights, sizes).size == 0


@pytest.mark.parametrize("items", [40, 2**16 + 1])
def test_an_engine_of_any_size_weighs_the_standardised_sums_of_its_layers(items: int) -> None:
    rng = np.random.default_rng(4)
    asked = np.repeat([3, items - 1], 10)
    entries = [(rng.normal(size=20).astype(np.float32), (asked, rng.integers(0, items, 20))) for _ in "ab"]
    one, other = (sparse.csr_array(each, shape=(items, items)) for each in entries)
    rule, newest = QueryRule(0.0, 1.0, 8), QueryRule(0.0, 1.0, 1)
    layers = Layer((("all", rule), ("newest", newest)), dense=False), Layer((("also", rule),), dense=False)
    trends = TrendGrid(np.zeros(1, np.int64), np.zeros((1, 1, items), np.float32), ("none",), 0)
    engine = Engine(items, items, layers, stack_layers([one, other]), None, trends)
    weights = np.array([0.5, 2.0, 1.0], np.float32)
    sums = np.stack([one.sum(axis=0), other.sum(axis=0), one[[items - 1]].sum(axis=0)])
    standardise(sums)
    found = engine.weigh_signals(np.array([3, items - 1], np.int32), np.arange(2), weights)
    assert np.allclose(found, weights @ sums, atol=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 1.0])
def test_few_scores_are_weighed_as_many_are(share: float) -> None:
    rng = np.random.default_rng(2)
    raw = np.where(rng.random((3, 400)) < share, rng.normal(size=(3, 400)), 0).astype(np.float32)
    each, weights = raw.copy(), np.array([0.5, 2.0, 1.0], np.float32)
    standardise(each)
    assert np.allclose(weigh(raw, weights, np.full(3, 400, np.float32)), weights @ each, atol=1e-4)


def test_items_of_equal_metadata_are_scored_together() -> None:
    vectors = sparse.csr_array(np.array([[1, 0], [0.6, 0.8], [1, 0], [0, 0], [0.6, 0.8]], np.float32))
    items, query = np.array([0, 1], np.int32), np.array([0.5, 1.0], np.float32)
    expected = ((query @ vectors.toarray()[items]) @ vectors.toarray().T)[None].astype(np.float32)
    likeness, total = Likeness.of(vectors), np.zeros(5, np.float32)
    assert np.allclose(likeness.ask(items, query)[likeness.groups], expected[0], atol=1e-6)
    standardise(expected)
    likeness.add_standardised(items, query, np.float32(2), total)
    assert np.allclose(total, 2.0 * expected[0], atol=1e-5)


def test_metadata_that_find_all_items_alike_add_nothing() -> None:
    total = np.zeros(3, np.float32)
    Likeness.of(sparse.csr_array(np.ones((3, 1), np.float32))).add_standardised(
        np.zeros(1, np.int32), np.ones(1, np.float32), np.float32(2), total
    )
    assert not total.any()


@pytest.mark.parametrize("k", [0, 1, 7, 200, 999])
@pytest.mark.parametrize("levels", [1, 3, 100_000])
def test_the_best_are_those_of_a_full_sort(k: int, levels: int) -> None:
    rng = np.random.default_rng(levels)
    scores = rng.integers(0, levels, 300).astype(np.float32)
    scores[rng.random(300) < 0.1] = -np.inf
    scores[rng.random(300) < 0.1] = np.nan
    allowed = rng.random(300) < 0.7
    for order in (scores, np.sort(scores), np.sort(scores)[::-1].copy()):
        eligible = [code for code in range(300) if allowed[code] and order[code] > -np.inf]
        expected = sorted(eligible, key=lambda code: (-order[code], code))[:k]
        assert top_k(order, k, allowed).tolist() == expected


@pytest.mark.slow
def test_loops_are_compiled_where_no_folder_may_keep_them(tmp_path: Path) -> None:
    source = Path(compiled.__file__).read_text(encoding="utf-8")
    (tmp_path / "alone.py").write_text(source + "\nprint(draw.__name__)\n", encoding="utf-8")
    (tmp_path / "__pycache__").write_text("no folder")
    home = {"HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none", "IPYTHONDIR": "/proc/none", "NUMBA_CACHE_DIR": ""}
    command = [sys.executable, "alone.py"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, **home}, capture_output=True, text=True, check=True)
    assert done.stdout == "draw\n"


def test_draws_are_spread_from_zero_to_one_and_differ_by_user() -> None:
    keys, drawn, other = np.arange(10_000, dtype=np.uint32), np.empty(10_000), np.empty(10_000)
    draw(keys, np.uint64(1), drawn)
    draw(keys, np.uint64(2), other)
    assert drawn[3] == 0.21948196289526758
    assert np.allclose(np.quantile(drawn, [0, 0.25, 0.5, 0.75, 1]), [0, 0.25, 0.5, 0.75, 1], atol=0.02)
    assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.03


def test_what_is_served_ranks_as_what_was_fitted() -> None:
    model = PersonalizationRecipe().train(checkerboard())
    histories = Histories(np.array([0, 3]), np.array([0, 2, 4], np.int32), np.arange(3) + START)
    batch = model.score_batch(Moments(histories, np.array([START + 3])))
    assert {int(code) % 2 for code in np.argsort(-batch[0])[:10]} == {0}


def test_who_asks_again_gets_the_same_bits_and_who_did_something_since_other_ones() -> None:
    model = PersonalizationRecipe().train(generated(20_000, 300, 500))
    history, times, now = np.arange(30, dtype=np.int32), np.arange(30) + 1_590_000_000, 1_590_000_100

    def score(events: int, moment: int = now) -> FloatArray:
        return model.score(Request(history[:events], times[:events], moment))

    first, longer = score(29), score(30)
    before = first.copy()
    first += 1  # the caller's own
    assert score(29).tobytes() == before.tobytes()
    assert score(30).tobytes() == longer.tobytes()
    assert not np.array_equal(before, longer)
    shifted = Request(history[:29], times[:29] + 1, now)
    alone = PersonalizationRecipe().train(generated(20_000, 300, 500)).score(shifted)
    assert model.score(shifted).tobytes() == alone.tobytes()


def test_what_is_remembered_of_requests_is_bounded() -> None:
    model = PersonalizationRecipe().train(generated(20_000, 300, 500))
    most = personalization.REMEMBERED_BYTES // (4 * model.engine.items)
    sums = model._sums
    for number in range(most + 5):
        model.score(Request(np.array([number % 300], np.int32), np.array([1_590_000_000 + number]), 1_590_000_100))
    assert len(sums._values) == most
