-- Every random number of the population: md5 of (seed, purpose, entity), read as 64 bits.
-- The variable `seed` belongs to the connection.

CREATE MACRO draw(purpose, entity) AS
    md5_number_lower(concat(getvariable('seed'), '|', purpose, '|', entity));

-- Some independent digits of one draw: size values after the first skip values.
CREATE MACRO digits(number, skip, size) AS ((number // skip) % size)::BIGINT;

-- A uniform number from 0 to 1, times 1e9.
CREATE MACRO uniform_e9(purpose, entity) AS digits(draw(purpose, entity), 1, 1000000000);

-- The standard normal quantile of a uniform number (Tukey's lambda approximation).
CREATE MACRO normal(uniform_e6) AS
    (pow((uniform_e6 + 0.5) / 1e6, 0.135) - pow(1 - (uniform_e6 + 0.5) / 1e6, 0.135)) / 0.1975;

-- A lognormal multiplier with mean 1, times 1e6. Floating point shapes the draw and ends here.
CREATE MACRO lognormal_e6(uniform_e6, sigma_e3) AS
    round(1e6 * exp(sigma_e3 / 1e3 * normal(uniform_e6) - sigma_e3 * sigma_e3 / 2e6))::BIGINT;

-- part / whole in whole numbers, half up. For numbers that are not negative; a sum of products
-- is cast to HUGEINT by the caller.
CREATE MACRO ratio(part, whole) AS (2 * part + whole) // (2 * whole);

CREATE MACRO person_name(n) AS concat('SYN', lpad(n::VARCHAR, 9, '0'));

-- A Medicare number in CMS's pattern (digit, letter, either, digit, letter, either, digit, two
-- letters, two digits) with the letter S, which no real one has, in the second place. issue 0 is
-- the first that a person got, 1 the second. Below 2.4e9 people no two have the same.
CREATE MACRO mbi_letter(number) AS substr('ACDEFGHJKMNPQRTUVWXY', (number % 20 + 1)::BIGINT, 1);
CREATE MACRO mbi(n, issue) AS concat(
    '1S', issue, n // 240000000 % 10, mbi_letter(n // 12000000),
    substr('0123456789ACDEFGHJKMNPQRTUVWXY', (n // 400000 % 30 + 1)::BIGINT, 1),
    n // 40000 % 10, mbi_letter(n // 2000), mbi_letter(n // 100), n // 10 % 10, n % 10);

-- One digit of a number, counted from the right, and the digit sum of its double.
CREATE MACRO digit(number, place) AS (number // place) % 10;
CREATE MACRO doubled(number, place) AS
    2 * digit(number, place) - CASE WHEN digit(number, place) > 4 THEN 9 ELSE 0 END;

-- An identifier in the shape of an NPI whose check digit (Luhn over 80840 + nine digits) is
-- wrong by one on purpose, so that it can belong to nobody.
CREATE MACRO luhn_sum(base) AS
    24 + doubled(base, 1) + digit(base, 10) + doubled(base, 100) + digit(base, 1000)
    + doubled(base, 10000) + digit(base, 100000) + doubled(base, 1000000)
    + digit(base, 10000000) + doubled(base, 100000000);
CREATE MACRO npi(organisation, slot) AS
    ((190000000 + organisation * 10 + slot) * 10
     + (11 - luhn_sum(190000000 + organisation * 10 + slot) % 10) % 10)::VARCHAR;

-- Per mille of people of an age who have a condition; disability counts as being 66.
CREATE MACRO prevalence(base, slope, most, disabled_e3, age, enrolment_type) AS
    CASE enrolment_type
        WHEN 'disabled' THEN (base + slope) * disabled_e3 // 1000
        WHEN 'esrd' THEN least(most, (base + 12 * slope) * 1500 // 1000)
        ELSE least(most, base + slope * greatest(age - 65, 0))
             * CASE enrolment_type WHEN 'aged_dual' THEN 1200 ELSE 1000 END // 1000 END;

-- The part of a raw risk score that age and sex make, times 1e6.
CREATE MACRO demographic_e6(age, is_female) AS
    CASE WHEN age < 45 THEN 230000 WHEN age < 65 THEN 300000 WHEN age < 70 THEN 310000
         WHEN age < 75 THEN 380000 WHEN age < 80 THEN 460000 WHEN age < 85 THEN 550000
         ELSE 680000 END + CASE WHEN is_female THEN 0 ELSE 15000 END;

-- A whole number of millionths, cents … as decimal text.
CREATE MACRO decimal_text(number, places) AS
    concat((number // (10 ** places)::HUGEINT)::VARCHAR, '.',
           lpad((number % (10 ** places)::HUGEINT)::VARCHAR, places, '0'));

-- What makes one year of one person sicker (more services) and dearer (more for each), times 1e6.
CREATE MACRO sickness_e6(n, year) AS
    lognormal_e6(digits(draw('sickness', concat(n, '|', year)), 1, 1000000), 640);
CREATE MACRO intensity_e6(n, year) AS
    lognormal_e6(digits(draw('intensity', concat(n, '|', year)), 1, 1000000), 750);

-- The day a payer came to know of a person's enrolment, where that was 30 to 179 days late: for a
-- quarter of those who enter within the years.
CREATE MACRO known_late_on(n, covered_from) AS
    CASE WHEN covered_from > make_date(getvariable('first_year'), 1, 1)
              AND digits(draw('known', n), 1, 4) = 0
         THEN least(covered_from + (30 + digits(draw('known', n), 4, 150))::INTEGER,
                    getvariable('data_through')) END;
