/*
row: One person on one of a payer's lists, with the last month that the list is of.
grain: [report, report_period, person_id, status]
span: person
period: none
kind: view
columns:
  through: {type: VARCHAR, says: "the last month of its period, such as 2025-06; of a year's list 2025-13, after every month's and quarter's of that year"}
*/
-- A period is a year (PY2025), a quarter (PY2025Q2) or a month (2025-06).
SELECT
    r.*,
    CASE
        WHEN r.report_period NOT LIKE 'PY%' THEN r.report_period
        WHEN r.report_period LIKE 'PY____Q_'
            THEN substr(r.report_period, 3, 4)
                || CASE substr(r.report_period, 8, 1)
                    WHEN '1' THEN '-03'
                    WHEN '2' THEN '-06'
                    WHEN '3' THEN '-09'
                    ELSE '-12'
                END
        ELSE substr(r.report_period, 3, 4) || '-13'
    END AS through
FROM reported_assignment AS r
