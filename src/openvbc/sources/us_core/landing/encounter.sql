-- encounter: one row per Encounter; type_codes are the codes of all its types.
SELECT
    row_number,
    id,
    referred(subject) AS patient_id,
    status,
    class.code AS class_code,
    list_transform(all_codings(type), lambda c: c.code) AS type_codes,
    day(period.start) AS first_day,
    day(period.end) AS last_day,
    moment(period.start) AS started_at,
    moment(period.end) AS ended_at,
    coalesce(
        coded_in(hospitalization.admitSource.coding, ['https://www.nubc.org/CodeSystem/PointOfOrigin', 'http://www.nubc.org/patient-admission-source']),
        hospitalization.admitSource.coding[1].code
    ) AS admit_source_code,
    coalesce(
        coded_in(hospitalization.dischargeDisposition.coding, ['https://www.nubc.org/CodeSystem/PatDischargeStatus', 'http://www.nubc.org/patient-discharge']),
        hospitalization.dischargeDisposition.coding[1].code
    ) AS discharge_disposition_code,
    keyed(coalesce(
        list_filter(participant, lambda p: list_contains(list_transform(all_codings(p.type), lambda c: c.code), 'ATND'))[1].individual,
        list_filter(participant, lambda p: list_contains(list_transform(all_codings(p.type), lambda c: c.code), 'PPRF'))[1].individual,
        participant[1].individual
    )) AS attending,
    keyed(serviceProvider) AS organization,
    keyed(location[1].location) AS location,
    referred(coalesce(
        list_filter(diagnosis, lambda d: d.rank = 1)[1].condition, diagnosis[1].condition
    )) AS diagnosis_id,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM "Encounter"
ORDER BY number
