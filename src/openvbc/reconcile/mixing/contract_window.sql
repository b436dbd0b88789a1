/* The claims of one period of a declared method: all that are in the pack. */
SELECT contract_id, period_id, analysis_id, truncation_cents, period_id AS window_id
FROM contract_analysis
