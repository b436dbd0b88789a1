/* The national truncation cuts, ours or, where they are taken, theirs. */
SELECT * FROM ours_truncation_cut
WHERE NOT EXISTS (SELECT 1 FROM taken WHERE kind = 'truncation cut')
UNION ALL
SELECT * FROM theirs_truncation_cut
WHERE EXISTS (SELECT 1 FROM taken WHERE kind = 'truncation cut')
