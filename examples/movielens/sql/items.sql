-- One row per movie. No CREATION_TIMESTAMP: MovieLens does not tell when a movie joined its catalogue, so
-- Amazon Personalize takes the oldest rating, which is closer than the year of release.
SELECT
  movieId                                                           AS ITEM_ID,
  trim(title)                                                       AS TITLE,
  nullif(genres, '(no genres listed)')                              AS GENRES,        -- Adventure|Comedy
  TRY_CAST(regexp_extract(title, '\((\d{4})\)\s*$', 1) AS INTEGER)  AS RELEASE_YEAR   -- Toy Story (1995)
FROM movies
