-- What the landing SELECTs share. Each type of resource is a table of its name; `row_number` is the place.

SET VARIABLE code_systems = (SELECT map(list(system), list(code_type)) FROM read_csv('code_system.csv', header = true, all_varchar = true));

-- what a system of codes is called here; empty where it is none of those known
CREATE MACRO code_type(system) AS getvariable('code_systems')[system];

-- the coding of the first of the wanted systems that has one, else the first of any other system
CREATE MACRO picked(codings, wanted) AS coalesce(
    list_filter(
        flatten(list_transform(
            wanted,
            lambda w: list_filter(codings, lambda c: code_type(c.system) = w AND c.code IS NOT NULL)
        )),
        lambda c: true
    )[1],
    list_filter(
        codings,
        lambda c: c.code IS NOT NULL AND coalesce(c.system, '') NOT LIKE '%/data-absent-reason'
    )[1]
);

-- its system: by our name, else by its own address
CREATE MACRO typed(coding) AS
    CASE WHEN coding.code IS NOT NULL THEN coalesce(code_type(coding.system), coding.system, 'own') END;

-- the code: of ICD without the dot
CREATE MACRO plain(coding) AS CASE
    WHEN code_type(coding.system) LIKE 'icd-%' THEN upper(replace(coding.code, '.', ''))
    ELSE coding.code
END;

CREATE MACRO all_codings(concepts) AS flatten(list_transform(concepts, lambda c: c.coding));

CREATE MACRO coded_in(codings, wanted) AS list_filter(codings, lambda c: c.system IN wanted)[1].code;

-- a day as it is written; a year or a month alone is no day
CREATE MACRO day(instant) AS CASE
    WHEN NOT regexp_full_match(instant, '[0-9]{4}(-[0-9]{2})?') THEN substr(instant, 1, 10)
END;

-- a moment on the clock of the place where it was written, so that it falls on the day as written
CREATE MACRO moment(instant) AS CASE WHEN contains(instant, 'T') THEN substr(instant, 1, 19) END;

-- "Patient/1", ".../Patient/1/_history/2" and "urn:uuid:1" are 1; so is "Patient?identifier=system|1"
CREATE MACRO referred(it) AS coalesce(
    nullif(regexp_extract(
        regexp_replace(replace(it.reference, '%7C', '|'), '/_history/[^/]*$', ''), '[^/#:|=]+$'
    ), ''),
    it.identifier.value
);

-- the same with its type, for what may be of several: "Practitioner/1"; "1" without one; by an identifier
-- "?1", and by an NPI "npi:1", which need not be looked up
CREATE MACRO keyed(it) AS CASE
    WHEN it.reference LIKE '%us-npi|%' OR it.reference LIKE '%us-npi\%7C%' ESCAPE '\'
        OR (it.reference IS NULL AND it.identifier.system = 'http://hl7.org/fhir/sid/us-npi')
        THEN 'npi:' || referred(it)
    WHEN it.reference IS NULL OR contains(it.reference, '?') THEN '?' || referred(it)
    ELSE coalesce(
        nullif(regexp_extract(
            regexp_replace(it.reference, '/_history/[^/]*$', ''), '[A-Z][A-Za-z]+/[^/]+$'
        ), ''),
        referred(it)
    )
END;

CREATE MACRO coded_value(identifiers, systems) AS list_filter(identifiers, lambda i: i.system IN systems)[1].value;

CREATE MACRO npi(identifiers) AS coded_value(identifiers, ['http://hl7.org/fhir/sid/us-npi', 'urn:oid:2.16.840.1.113883.4.6']);

-- a telephone number, kept only so that it can be compared (models/canonical/person_demographics.yaml)
CREATE MACRO phone_hash(number) AS CASE
    WHEN length(regexp_replace(number, '[^0-9]', '', 'g')) >= 10
        THEN sha256(right(regexp_replace(number, '[^0-9]', '', 'g'), 10))
END;

-- the source's marks of what is sensitive, as it writes them; the load knows what they mean
CREATE MACRO sensitivity(labels) AS nullif(array_to_string(list_sort(list_distinct(list_transform(
    list_filter(labels, lambda l: l.code NOT IN ('N', 'L', 'M', 'U')
        AND NOT regexp_matches(coalesce(l.system, ''), 'v3-(ActReason|ObservationValue)$')),
    lambda l: lower(l.code)
))), ';'), '');

-- what is no act that was or is to be done: a prohibition, a proposal
CREATE MACRO not_ordered(forbidden, intent) AS CASE
    WHEN forbidden = 'true' THEN 'do not perform'
    WHEN intent IN ('proposal', 'option') THEN intent
END;

CREATE MACRO unanswered(status) AS CASE WHEN status IN ('in-progress', 'entered-in-error') THEN status END;
