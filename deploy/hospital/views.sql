-- An example of the views that a hospital gives; the columns are those of docs/feeds.md. Here over
-- the tables of a small hospital system (tests/ledger/hospital.sql): put yours in their place.
--
-- row_id is the table's own key, in its own type, and never given to another row.

CREATE SCHEMA IF NOT EXISTS ledger_feed;

CREATE VIEW ledger_feed.visits AS
SELECT
    stay.id AS row_id,
    patient.card::text AS patient_id,
    'h1' AS hospital_id,
    department.name AS department,
    stay.reason,
    doctor.name AS doctor,
    stay.admitted::date AS started,
    stay.discharged::date AS ended
FROM his.stays AS stay
JOIN his.patients AS patient ON patient.id = stay.patient
JOIN his.departments AS department ON department.id = stay.department
JOIN his.staff AS doctor ON doctor.id = stay.doctor;

-- A document counts once it is signed.
CREATE VIEW ledger_feed.documents AS
SELECT
    document.id AS row_id,
    patient.card::text AS patient_id,
    'h1' AS hospital_id,
    document.kind AS type,
    document.title,
    document.signed::date AS created,
    author.name AS author,
    document.body AS text,
    document.conclusion
FROM his.documents AS document
JOIN his.patients AS patient ON patient.id = document.patient
JOIN his.staff AS author ON author.id = document.author
WHERE document.signed IS NOT NULL;

CREATE VIEW ledger_feed.notes AS
SELECT
    entry.id AS row_id,
    patient.card::text AS patient_id,
    entry.body AS text,
    author.name AS author,
    entry.written
FROM his.entries AS entry
JOIN his.patients AS patient ON patient.id = entry.patient
JOIN his.staff AS author ON author.id = entry.author;

CREATE VIEW ledger_feed.observations AS
SELECT
    result.id AS row_id,
    patient.card::text AS patient_id,
    test.code,
    ARRAY[result.value] AS "values",
    test.unit,
    result.taken,
    'лаборатория' AS source,
    test.low,
    test.high
FROM his.results AS result
JOIN his.patients AS patient ON patient.id = result.patient
JOIN his.tests AS test ON test.code = result.test;
