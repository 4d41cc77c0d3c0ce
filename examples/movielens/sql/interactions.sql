-- One row per rating. Amazon Personalize takes every interaction as positive; whoever rated a movie has watched it,
-- so all ratings count as `watch`, the low ones too. The rating itself is kept as EVENT_VALUE:
-- to train on liked movies only, set `eventType: watch` and `eventValueThreshold: 4` at a solution.
SELECT
  userId    AS USER_ID,
  movieId   AS ITEM_ID,
  timestamp AS TIMESTAMP,  -- seconds since 1970, as the service wants it
  'watch'   AS EVENT_TYPE,
  rating    AS EVENT_VALUE
FROM ratings
