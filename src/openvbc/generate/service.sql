-- What care is made of: categories of service, what follows what, variants, lines, conditions.

-- One row per category. Events a year = (fixed + slope * need), at most `most`; part A, B or D;
-- stay = days from start to end, at least and in addition at most. reducible: an ACO can do with
-- less of it; intense: dearer for some people in some years.
CREATE TABLE category AS
SELECT *, row_number() OVER (ORDER BY tag) AS tag_place
FROM (VALUES
    ('primary_care',     'PC', 'B', 1700,  900, 14, 0, 0, 'home',        FALSE, FALSE),
    ('specialist',       'SP', 'B', 1000, 1150, 20, 0, 0, 'specialist',  TRUE, FALSE),
    ('lab',              'LB', 'B',  700,  550, 12, 0, 0, 'lab',         TRUE, FALSE),
    ('imaging',          'IM', 'B',  300,  500, 10, 0, 0, 'radiology',   TRUE, FALSE),
    ('emergency',        'ED', 'B',    0,  400,  6, 0, 0, 'hospital',    TRUE, TRUE),
    ('emergency_doctor', 'EP', 'B',    0,    0,  0, 0, 0, 'emergency',   TRUE, FALSE),
    ('outpatient',       'OP', 'B',  400, 1050, 20, 0, 0, 'hospital',    TRUE, TRUE),
    ('office_drug',      'DR', 'B',    0,  280, 14, 0, 0, 'specialist',  TRUE, TRUE),
    ('inpatient',        'IP', 'A',    0,  235,  7, 2, 6, 'hospital',    TRUE, TRUE),
    ('inpatient_doctor', 'IV', 'B',    0,    0,  0, 0, 3, 'hospitalist', TRUE, TRUE),
    ('snf',              'SN', 'A',    0,    0,  0, 10, 22, 'snf',       TRUE, TRUE),
    ('snf_doctor',       'SV', 'B',    0,    0,  0, 0, 3, 'snf_group',   TRUE, FALSE),
    ('home_health',      'HH', 'A',    0,   60,  4, 29, 0, 'home_health', TRUE, FALSE),
    ('hospice',          'HS', 'A',    0,    0,  2, 5, 50, 'hospice',    FALSE, FALSE),
    ('dialysis',         'DI', 'B', 12000,   0, 13, 0, 28, 'dialysis',   FALSE, FALSE),
    ('dme',              'DM', 'B',    0,  400, 10, 0, 0, 'dme',         TRUE, TRUE),
    ('drug',             'RX', 'D', 2500, 2000, 20, 0, 0, 'pharmacy',    FALSE, FALSE)
) AS t(category, tag, part, fixed_e3, slope_e3, most, stay, stay_more, billed_by, reducible,
     intense);

-- What follows an event, with what chance, and whether from its start or from its end.
CREATE TABLE follow_up AS
FROM (VALUES
    ('inpatient', 'inpatient_doctor', 1000, FALSE),
    ('inpatient', 'snf',               220, TRUE),
    ('inpatient', 'home_health',       200, TRUE),
    ('emergency', 'emergency_doctor', 1000, FALSE),
    ('snf',       'snf_doctor',        900, FALSE)
) AS t(after_category, category, chance_e3, from_end);

-- The kinds of claim. A primary-care visit becomes the service of the practice's own kind.
CREATE TABLE service AS
FROM (VALUES
    ('primary_care',     'professional',  NULL,  '11', TRUE),
    ('fqhc',             'institutional', '771', NULL, TRUE),
    ('rhc',              'institutional', '711', NULL, TRUE),
    ('cah',              'institutional', '851', NULL, TRUE),
    ('specialist',       'professional',  NULL,  '11', TRUE),
    ('lab',              'professional',  NULL,  '81', FALSE),
    ('imaging',          'professional',  NULL,  '11', FALSE),
    ('emergency',        'institutional', '131', NULL, TRUE),
    ('emergency_doctor', 'professional',  NULL,  '23', FALSE),
    ('outpatient',       'institutional', '131', NULL, TRUE),
    ('office_drug',      'professional',  NULL,  '11', FALSE),
    ('inpatient',        'institutional', '111', NULL, TRUE),
    ('inpatient_doctor', 'professional',  NULL,  '21', FALSE),
    ('snf',              'institutional', '211', NULL, TRUE),
    ('snf_doctor',       'professional',  NULL,  '31', TRUE),
    ('home_health',      'institutional', '329', NULL, TRUE),
    ('hospice',          'institutional', '811', NULL, FALSE),
    ('dialysis',         'institutional', '721', NULL, FALSE),
    ('dme',              'dme',           NULL,  '12', FALSE),
    ('drug',             'pharmacy',      NULL,  NULL, FALSE)
) AS t(service, claim_type, bill_type_code, place_of_service_code, codes_conditions);

-- The variants of a service: how many of 20, mean allowed cents in the first year, the spread of
-- its severity (sigma of a lognormal), MS-DRG, principal diagnosis and principal procedure.
CREATE TABLE variant AS
FROM (VALUES
    ('primary_care', 1, 7,   13000, 100, NULL, 'R5383', NULL),
    ('primary_care', 2, 6,    9200, 100, NULL, 'J069',  NULL),
    ('primary_care', 3, 3,   17000, 200, NULL, 'R739',  NULL),
    ('primary_care', 4, 2,   22000, 100, NULL, 'Z0000', NULL),
    ('primary_care', 5, 1,   21000, 100, NULL, 'Z09',   NULL),
    ('primary_care', 6, 1,   16500, 100, NULL, 'R0789', NULL),
    ('fqhc',         1, 14,  18000, 100, NULL, 'R5383', NULL),
    ('fqhc',         2, 6,   22000, 100, NULL, 'Z0000', NULL),
    ('rhc',          1, 20,  14000, 100, NULL, 'R5383', NULL),
    ('cah',          1, 20,  19000, 200, NULL, 'R5383', NULL),
    ('specialist',   1, 9,   13500, 150, NULL, 'R0602', NULL),
    ('specialist',   2, 3,   17500, 150, NULL, 'R079',  NULL),
    ('specialist',   3, 4,    9500, 150, NULL, 'M25561', NULL),
    ('specialist',   4, 3,   15500, 150, NULL, 'R001',  NULL),
    ('specialist',   5, 1,   90000, 700, NULL, 'R931',  NULL),
    ('lab',          1, 10,   2400, 300, NULL, 'R7989', NULL),
    ('lab',          2, 5,    3500, 300, NULL, 'R739',  NULL),
    ('lab',          3, 5,    5200, 900, NULL, 'R7309', NULL),
    ('imaging',      1, 8,    3500, 200, NULL, 'R0602', NULL),
    ('imaging',      2, 5,   26000, 300, NULL, 'R109',  NULL),
    ('imaging',      3, 3,   34000, 300, NULL, 'R51',   NULL),
    ('imaging',      4, 4,   14000, 200, NULL, 'Z1231', NULL),
    ('emergency',    1, 20,  92000, 600, NULL, 'R079',  NULL),
    ('emergency_doctor', 1, 20, 17500, 200, NULL, 'R079', NULL),
    ('outpatient',   1, 6,   15000, 300, NULL, 'R5383', NULL),
    ('outpatient',   2, 6,   85000, 700, NULL, 'R0602', NULL),
    ('outpatient',   3, 3,  590000, 800, NULL, 'K635',  NULL),
    ('outpatient',   4, 4,   17000, 300, NULL, 'M545',  NULL),
    ('outpatient',   5, 1, 1200000, 1000, NULL, 'Z5111', NULL),
    ('office_drug',  1, 12,  48000, 900, NULL, 'M810',  NULL),
    ('office_drug',  2, 8,  660000, 1000, NULL, 'Z5112', NULL),
    ('inpatient',    1, 3,  980000, 400, '291', 'I509', NULL),
    ('inpatient',    2, 4, 1480000, 500, '871', 'A419', NULL),
    ('inpatient',    3, 3, 1400000, 250, '470', 'M1711', '0SRC0J9'),
    ('inpatient',    4, 2,  960000, 400, '193', 'J189', NULL),
    ('inpatient',    5, 2,  860000, 400, '190', 'J441', NULL),
    ('inpatient',    6, 2, 1850000, 350, '321', 'I214', '027034Z'),
    ('inpatient',    7, 2, 1080000, 450, '065', 'I639', NULL),
    ('inpatient',    8, 1, 3900000, 600, '853', 'A4189', '0JBL0ZZ'),
    ('inpatient',    9, 1, 3400000, 550, '329', 'K5720', '0DTN0ZZ'),
    ('inpatient_doctor', 1, 14,  64000, 300, NULL, 'R6889', NULL),
    ('inpatient_doctor', 2, 6,  190000, 500, NULL, 'Z4789', NULL),
    ('snf',          1, 20, 1180000, 450, NULL, 'R2689', NULL),
    ('snf_doctor',   1, 20,  41000, 300, NULL, 'R2689', NULL),
    ('home_health',  1, 20, 205000, 300, NULL, 'R2689', NULL),
    ('hospice',      1, 20, 560000, 700, NULL, 'R634',  NULL),
    ('dialysis',     1, 20, 530000, 250, NULL, 'N186',  NULL),
    ('dme',          1, 8,   14000, 500, NULL, 'G4733', NULL),
    ('dme',          2, 8,   17000, 500, NULL, 'J9611', NULL),
    ('dme',          3, 4,   30000, 900, NULL, 'R2689', NULL),
    ('drug',         1, 7,    1500, 400, NULL, NULL, NULL),
    ('drug',         2, 6,    3200, 500, NULL, NULL, NULL),
    ('drug',         3, 4,   12000, 700, NULL, NULL, NULL),
    ('drug',         4, 3,   46000, 900, NULL, NULL, NULL)
) AS t(service, variant, slots, price_cents, sigma_e3, drg_code, diagnosis, procedure);

-- The lines of a variant: revenue centre, HCPCS (for drugs: product of the NDC), modifier, share
-- of the claim's allowed amount, share of it that is paid, units.
CREATE TABLE line AS
FROM (VALUES
    ('primary_care', 1, 1, NULL, '99214', NULL, 1000, 800, 1),
    ('primary_care', 2, 1, NULL, '99213', NULL, 1000, 800, 1),
    ('primary_care', 3, 1, NULL, '99214', '25',  760, 800, 1),
    ('primary_care', 3, 2, NULL, '80053', NULL,  140, 1000, 1),
    ('primary_care', 3, 3, NULL, '36415', NULL,  100, 1000, 1),
    ('primary_care', 4, 1, NULL, 'G0439', NULL,  600, 1000, 1),
    ('primary_care', 4, 2, NULL, '99213', '25',  400, 800, 1),
    ('primary_care', 5, 1, NULL, '99495', NULL, 1000, 800, 1),
    ('primary_care', 6, 1, NULL, '99204', NULL, 1000, 800, 1),
    ('fqhc', 1, 1, '0521', 'G0467', NULL, 600, 800, 1),
    ('fqhc', 1, 2, '0521', '99214', NULL, 400, 800, 1),
    ('fqhc', 2, 1, '0521', 'G0468', NULL, 600, 1000, 1),
    ('fqhc', 2, 2, '0521', 'G0439', NULL, 400, 1000, 1),
    ('rhc', 1, 1, '0521', '99213', 'CG', 1000, 800, 1),
    ('cah', 1, 1, '0983', '99214', NULL, 700, 800, 1),
    ('cah', 1, 2, '0300', '80053', NULL, 300, 1000, 1),
    ('specialist', 1, 1, NULL, '99214', NULL, 1000, 800, 1),
    ('specialist', 2, 1, NULL, '99204', NULL, 1000, 800, 1),
    ('specialist', 3, 1, NULL, '99213', NULL, 1000, 800, 1),
    ('specialist', 4, 1, NULL, '99214', '25',  880, 800, 1),
    ('specialist', 4, 2, NULL, '93000', NULL,  120, 800, 1),
    ('specialist', 5, 1, NULL, '99213', '25',  100, 800, 1),
    ('specialist', 5, 2, NULL, '93306', '26',  900, 800, 1),
    ('lab', 1, 1, NULL, '80053', NULL, 600, 1000, 1),
    ('lab', 1, 2, NULL, '85025', NULL, 400, 1000, 1),
    ('lab', 2, 1, NULL, '80053', NULL, 500, 1000, 1),
    ('lab', 2, 2, NULL, '83036', NULL, 500, 1000, 1),
    ('lab', 3, 1, NULL, '80061', NULL, 500, 1000, 1),
    ('lab', 3, 2, NULL, '84443', NULL, 500, 1000, 1),
    ('imaging', 1, 1, NULL, '71046', NULL, 1000, 800, 1),
    ('imaging', 2, 1, NULL, '74177', NULL, 1000, 800, 1),
    ('imaging', 3, 1, NULL, '70553', NULL, 1000, 800, 1),
    ('imaging', 4, 1, NULL, '77067', NULL, 1000, 1000, 1),
    ('emergency', 1, 1, '0450', '99284', NULL, 600, 800, 1),
    ('emergency', 1, 2, '0300', '80053', NULL, 100, 800, 1),
    ('emergency', 1, 3, '0320', '71046', NULL, 200, 800, 1),
    ('emergency', 1, 4, '0730', '93005', NULL, 100, 800, 1),
    ('emergency_doctor', 1, 1, NULL, '99284', NULL, 1000, 800, 1),
    ('outpatient', 1, 1, '0510', 'G0463', NULL, 1000, 800, 1),
    ('outpatient', 2, 1, '0300', '85025', NULL, 200, 800, 1),
    ('outpatient', 2, 2, '0352', '74177', NULL, 800, 800, 1),
    ('outpatient', 3, 1, '0360', '45385', NULL, 700, 800, 1),
    ('outpatient', 3, 2, '0250', NULL,    NULL, 100, 800, 1),
    ('outpatient', 3, 3, '0710', NULL,    NULL, 200, 800, 1),
    ('outpatient', 4, 1, '0420', '97110', 'GP', 1000, 800, 2),
    ('outpatient', 5, 1, '0636', 'J9271', NULL, 900, 800, 200),
    ('outpatient', 5, 2, '0335', '96413', NULL, 100, 800, 1),
    ('office_drug', 1, 1, NULL, 'J0897', NULL, 950, 800, 60),
    ('office_drug', 1, 2, NULL, '96372', NULL,  50, 800, 1),
    ('office_drug', 2, 1, NULL, 'J9312', NULL, 950, 800, 50),
    ('office_drug', 2, 2, NULL, '96413', NULL,  50, 800, 1),
    ('inpatient_doctor', 1, 1, NULL, '99223', NULL, 400, 800, 1),
    ('inpatient_doctor', 1, 2, NULL, '99232', NULL, 400, 800, 3),
    ('inpatient_doctor', 1, 3, NULL, '99239', NULL, 200, 800, 1),
    ('inpatient_doctor', 2, 1, NULL, '27447', NULL, 800, 800, 1),
    ('inpatient_doctor', 2, 2, NULL, '99232', NULL, 200, 800, 2),
    ('snf', 1, 1, '0022', NULL, NULL, 700, 1000, 20),
    ('snf', 1, 2, '0120', NULL, NULL, 200, 1000, 20),
    ('snf', 1, 3, '0420', NULL, NULL, 100, 1000, 12),
    ('snf_doctor', 1, 1, NULL, '99306', NULL, 400, 800, 1),
    ('snf_doctor', 1, 2, NULL, '99309', NULL, 600, 800, 3),
    ('home_health', 1, 1, '0023', NULL, NULL, 500, 1000, 1),
    ('home_health', 1, 2, '0551', 'G0299', NULL, 300, 1000, 6),
    ('home_health', 1, 3, '0421', 'G0151', NULL, 200, 1000, 4),
    ('hospice', 1, 1, '0651', 'Q5001', NULL, 1000, 1000, 20),
    ('dialysis', 1, 1, '0821', '90999', NULL, 850, 800, 13),
    ('dialysis', 1, 2, '0634', 'Q4081', NULL, 150, 800, 300),
    ('dme', 1, 1, NULL, 'E0601', 'RR', 1000, 800, 1),
    ('dme', 2, 1, NULL, 'E1390', 'RR', 1000, 800, 1),
    ('dme', 3, 1, NULL, 'K0001', 'RR', 1000, 800, 1),
    ('drug', 1, 1, NULL, '0101', NULL, 1000, 800, 30),
    ('drug', 2, 1, NULL, '0202', NULL, 1000, 800, 90),
    ('drug', 3, 1, NULL, '0303', NULL, 1000, 750, 30),
    ('drug', 4, 1, NULL, '0404', NULL, 1000, 750, 30)
) AS t(service, variant, claim_line_number, revenue_center_code, hcpcs_code, modifier,
       share_e3, paid_e3, units);

-- All inpatient stays have the same four lines.
INSERT INTO line
SELECT 'inpatient', variant, number, revenue, NULL, NULL, share, 1000, units
FROM variant CROSS JOIN (VALUES (1, '0120', 450, 5), (2, '0250', 150, 1), (3, '0300', 150, 1),
                                (4, '0270', 250, 1)) AS t(number, revenue, share, units)
WHERE service = 'inpatient';

-- Chronic conditions: prevalence per mille at 65, more with every year of age, at most; times
-- `disabled` per mille for people entitled by disability; weight in need and in the risk score.
CREATE TABLE condition AS
FROM (VALUES
    (1,  'I10',   520,  9, 860,  800, 100,   0),
    (2,  'E785',  450,  4, 650,  800,  20,   0),
    (3,  'E119',  230,  3, 320, 1100, 250, 166),
    (4,  'I2510', 180, 12, 480,  600, 350,   0),
    (5,  'I5022',  50, 12, 320, 1000, 1100, 360),
    (6,  'I4891',  60, 10, 300,  500, 400, 299),
    (7,  'J449',   90,  5, 200, 1300, 600, 319),
    (8,  'N1832', 130, 14, 450,  700, 450, 127),
    (9,  'C3490',  80,  4, 160,  500, 1300, 450),
    (10, 'F331',  140,  1, 180, 2200, 400, 299),
    (11, 'G309',   15, 14, 350,  800, 500, 341),
    (12, 'M170',  300,  6, 450,  700, 150,   0),
    (13, 'I739',   60,  8, 220,  900, 300, 288),
    (14, 'F1120',  12,  0,  12, 5000, 500, 329)
) AS t(condition, code, base, slope, most, disabled_e3, need_e3, score_e3);

-- How many practices, groups and facilities of a kind a region has: at least, and one for so
-- many people. series: the first number of its CMS certification numbers in a state.
CREATE TABLE kind AS
FROM (VALUES
    ('specialist',  'SPECIALISTS', 4,   3000, NULL, NULL),
    ('lab',         'LABORATORY',  1, 200000, NULL, NULL),
    ('radiology',   'RADIOLOGY',   1,  40000, NULL, NULL),
    ('emergency',   'EMERGENCY',   1,  40000, NULL, NULL),
    ('hospitalist', 'HOSPITALIST', 1,  40000, NULL, NULL),
    ('snf_group',   'NURSING',     1,  40000, NULL, NULL),
    ('dme',         'SUPPLIER',    1, 100000, NULL, NULL),
    ('pharmacy',    'PHARMACY',    2,  20000, NULL, NULL),
    ('hospital',    'HOSPITAL',    2,  20000, 'hospital', 100),
    ('snf',         'SNF',         2,  10000, 'snf', 5000),
    ('home_health', 'HOME HEALTH', 2,  20000, 'home_health', 7000),
    ('hospice',     'HOSPICE',     1,  40000, 'hospice', 1500),
    ('dialysis',    'DIALYSIS',    1,  40000, 'dialysis', 2500)
) AS t(kind, title, at_least, people_each, facility_type, series);

-- Who works in a practice or group: CMS specialty by slot.
CREATE TABLE staff AS
FROM (VALUES
    ('home', 0, '08'), ('home', 1, '11'), ('home', 2, '08'), ('home', 3, '11'), ('home', 4, '38'),
    ('home', 5, '50'), ('home', 6, '97'), ('home', 7, '06'),
    ('specialist', 0, '06'), ('specialist', 1, '13'), ('specialist', 2, '29'),
    ('specialist', 3, '46'), ('specialist', 4, '39'), ('specialist', 5, '16'),
    ('specialist', 6, '34'), ('specialist', 7, '20'),
    ('lab', 0, '69'), ('radiology', 0, '30'), ('emergency', 0, '93'), ('hospitalist', 0, 'C6'),
    ('snf_group', 0, '11'), ('snf_group', 1, '50'), ('dme', 0, '54')
) AS t(kind, slot, specialty);
