-- A small hospital system.
CREATE SCHEMA his;
CREATE TABLE his.patients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    card bigint NOT NULL UNIQUE,
    name text NOT NULL
);
CREATE TABLE his.departments (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE his.staff (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE his.stays (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient bigint NOT NULL REFERENCES his.patients,
    department integer NOT NULL REFERENCES his.departments,
    doctor integer NOT NULL REFERENCES his.staff,
    reason text NOT NULL,
    admitted timestamptz NOT NULL,
    discharged timestamptz,
    bed text
);
CREATE TABLE his.documents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    patient bigint NOT NULL REFERENCES his.patients,
    kind text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    conclusion text NOT NULL,
    author integer NOT NULL REFERENCES his.staff,
    signed timestamptz
);
CREATE TABLE his.entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient bigint NOT NULL REFERENCES his.patients,
    author integer NOT NULL REFERENCES his.staff,
    body text NOT NULL,
    written timestamptz NOT NULL
);
CREATE TABLE his.tests (
    code text PRIMARY KEY,
    unit text NOT NULL,
    low numeric,
    high numeric
);
CREATE TABLE his.results (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient bigint NOT NULL REFERENCES his.patients,
    test text NOT NULL REFERENCES his.tests,
    value numeric NOT NULL,
    taken timestamptz NOT NULL
);

INSERT INTO his.patients (card, name) VALUES
    (1001, 'Зимородкова Анфиса Елисеевна'),
    (1002, 'Журавлёв Аристарх Фомич'),
    (1003, 'Снегирёва Ульяна Карповна');
INSERT INTO his.departments VALUES (1, 'кардиология'), (2, 'терапия');
INSERT INTO his.staff VALUES (1, 'Ершова И. Б.'), (2, 'Щукин О. О.');
INSERT INTO his.tests VALUES ('glucose', 'mmol/L', 3.9, 6.1), ('haemoglobin', 'g/L', 120, 160);
