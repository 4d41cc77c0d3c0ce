-- One row per article, invoice and customer. What is no purchase of an article goes: cancellations (C…), gifts without a
-- price, postage, fees and test codes (articles begin with five digits), sales at the till without a customer.
-- Several lines of one invoice with the same article are one purchase, with their value together.
SELECT
  "Customer ID"                                            AS USER_ID,
  upper(StockCode)                                         AS ITEM_ID,
  CAST(epoch(CAST(InvoiceDate AS TIMESTAMP)) AS BIGINT)    AS TIMESTAMP,
  'Purchase'                                               AS EVENT_TYPE,
  round(sum(Quantity * Price), 2)                          AS EVENT_VALUE
FROM lines
WHERE Invoice NOT LIKE 'C%'
  AND "Customer ID" IS NOT NULL
  AND Quantity > 0
  AND Price > 0
  AND regexp_matches(StockCode, '^[0-9]{5}')
GROUP BY Invoice, USER_ID, ITEM_ID, TIMESTAMP
