/* Every patient with its person: the one that earlier loads know by any of the patient's numbers,
   else the patient's own. */
CREATE VIEW shared.who AS
SELECT p.patient_id, coalesce(min(k.person_id), p.patient_id) AS person_id
FROM (
    SELECT patient_id, identifier_type, identifier FROM landing.patient_identifier
    UNION SELECT patient_id, 'bluebutton_patient_id', patient_id FROM landing.eob
    UNION SELECT patient_id, 'bluebutton_patient_id', patient_id FROM landing.coverage
    UNION SELECT patient_id, 'mbi', subscriber_id FROM landing.coverage
) AS p
LEFT JOIN earlier.person_identifier AS k USING (identifier_type, identifier)
GROUP BY p.patient_id;
