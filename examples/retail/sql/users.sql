-- One row per customer; who has ordered from two countries belongs to the one of most lines.
SELECT "Customer ID" AS USER_ID, mode(Country) AS COUNTRY
FROM lines
WHERE "Customer ID" IS NOT NULL
GROUP BY USER_ID
