-- The outbox in a hospital's database. Run it as the owner of the views, e.g. with
--   psql -v ON_ERROR_STOP=1 -f outbox.sql
-- before the triggers are made; run again (after a restore from a backup, too) it does no harm.
--
-- A trigger stands on the table whose rows are the rows of a view:
--   CREATE TRIGGER tell_ledger AFTER INSERT OR UPDATE OR DELETE ON his.stays
--       FOR EACH ROW EXECUTE FUNCTION ledger_feed.changed('visits', 'id');
-- names the view and the table's column that the view gives as row_id. The table's owner, if it is
-- another, needs USAGE on the schema and EXECUTE on the function to make it; who changes rows
-- needs nothing.

CREATE SCHEMA IF NOT EXISTS ledger_feed;

CREATE TABLE IF NOT EXISTS ledger_feed.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    view text NOT NULL,
    row_id text NOT NULL,
    body jsonb,  -- the row as the view shows it; null when the view has it no more
    fault text   -- why the view could not be read (SQLSTATE)
);
CREATE INDEX IF NOT EXISTS outbox_of_a_row ON ledger_feed.outbox (view, row_id);

-- In the transaction of the change itself: both are stored or neither. A view that fails does not
-- stop the hospital's work; the fault goes to the outbox, and the relay puts the row aside.
CREATE OR REPLACE FUNCTION ledger_feed.changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC'
AS $$
DECLARE
    place text := format('ledger_feed.%I', TG_ARGV[0]);
    row_key text;
    body jsonb;
BEGIN
    FOR row_key IN
        SELECT DISTINCT key FROM (VALUES (to_jsonb(OLD) ->> TG_ARGV[1]),
                                         (to_jsonb(NEW) ->> TG_ARGV[1])) AS keys (key)
        WHERE key IS NOT NULL
    LOOP
        BEGIN
            -- as a literal the key takes the column's own type, so that an index is used
            EXECUTE format('SELECT to_jsonb(v) FROM %s v WHERE v.row_id = %L', place, row_key)
                INTO body;
            INSERT INTO ledger_feed.outbox (view, row_id, body)
            VALUES (TG_ARGV[0], row_key, body);
        EXCEPTION WHEN OTHERS THEN
            INSERT INTO ledger_feed.outbox (view, row_id, fault)
            VALUES (TG_ARGV[0], row_key, SQLSTATE);
        END;
    END LOOP;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_feed.changed() FROM PUBLIC;
