/* The first line of every claim: what a claim says as a whole is read from it. */
CREATE VIEW shared.first_line AS
SELECT *
FROM landing.medical_claim
QUALIFY row_number() OVER (
    PARTITION BY claim_id
    ORDER BY TRY_CAST(claim_line_number AS INTEGER) NULLS LAST, file_name, row_number
) = 1;
