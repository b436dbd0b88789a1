-- Whole cents, not below zero, as text with two decimals.
CREATE MACRO dollars(cents) AS
    concat(cents // 100, '.', lpad((cents % 100)::VARCHAR, 2, '0'));

-- A day as X12 and HL7 write it.
CREATE MACRO compact_day(day) AS strftime(day, '%Y%m%d');

-- The Medicare number that a person has at last.
CREATE VIEW current_mbi AS
SELECT person_id, identifier AS mbi FROM person_identifier
WHERE identifier_type = 'mbi' AND last_day IS NULL;
