-- What the landing SELECTs share. `resource` is the file: one row a resource, `row_number` its place.

CREATE MACRO coded(codings, wanted) AS list_filter(codings, lambda c: c.system = wanted)[1].code;

CREATE MACRO coded_in(codings, wanted) AS
    list_filter(codings, lambda c: list_contains(wanted, c.system))[1].code;

CREATE MACRO extended(extensions, wanted) AS
    list_filter(extensions, lambda e: e.url = wanted)[1];

CREATE MACRO day(instant) AS TRY_CAST(substr(instant, 1, 10) AS DATE);

-- the payer's marks of what is sensitive, as it writes them; the load knows what they mean
CREATE MACRO sensitivity(labels) AS nullif(array_to_string(list_sort(list_distinct(list_transform(
    list_filter(labels, lambda l: NOT regexp_matches(coalesce(l.system, ''), 'v3-(ActReason|ObservationValue)$')),
    lambda l: lower(l.code)
))), ';'), '');

-- "Patient/123" and ".../Patient/123" are 123
CREATE MACRO referred(reference) AS nullif(regexp_extract(reference, '[^/#]+$'), '');
