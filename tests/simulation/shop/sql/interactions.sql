-- 1,600 visits in three weeks, then 40 in the week that is played; few items are popular, most are not.
SELECT
  'u' || hash(range, 'user') % 60                                            AS USER_ID,
  'i' || CAST(floor(40 * pow((hash(range, 'item') % 10007) / 10007.0, 3)) AS INTEGER) AS ITEM_ID,
  1704067200 + CASE WHEN range < 1600 THEN range * 1130 ELSE 1814400 + (range - 1600) * 15000 END AS TIMESTAMP,
  'view'                                                                     AS EVENT_TYPE
FROM range(1640)
