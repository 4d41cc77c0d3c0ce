-- One row per article: the name that is written most often, the price that was paid most often, the countries it went to,
-- and the moment of its first sale, since which it counts as new.
SELECT
  upper(StockCode)                                                              AS ITEM_ID,
  mode(trim(Description))                                                       AS DESCRIPTION,
  mode(Price)                                                                   AS PRICE,
  string_agg(DISTINCT Country, '|' ORDER BY Country)                            AS COUNTRIES,
  CAST(epoch(min(CAST(InvoiceDate AS TIMESTAMP))) AS BIGINT)                    AS CREATION_TIMESTAMP
FROM lines
WHERE Invoice NOT LIKE 'C%' AND Quantity > 0 AND Price > 0 AND regexp_matches(StockCode, '^[0-9]{5}')
GROUP BY ITEM_ID
