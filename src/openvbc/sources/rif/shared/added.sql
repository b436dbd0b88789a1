/* Dollars as text, added up in whole cents. An empty amount adds nothing; where one cannot be read,
   it stands in place of the sum, for the check to set the row aside. */
CREATE MACRO unread(amounts) AS
    list_filter(amounts, lambda it: it IS NOT NULL AND TRY_CAST(cents(it) AS BIGINT) IS NULL);

CREATE MACRO added(amounts) AS
    CASE
        WHEN len(unread(amounts)) > 0 THEN unread(amounts)[1]
        ELSE CAST(
            list_sum(list_transform(amounts, lambda it: TRY_CAST(cents(it) AS BIGINT))) AS VARCHAR)
    END;
