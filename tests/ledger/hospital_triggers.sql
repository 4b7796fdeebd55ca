CREATE TRIGGER tell_ledger AFTER INSERT OR UPDATE OR DELETE ON his.stays
    FOR EACH ROW EXECUTE FUNCTION ledger_feed.changed('visits', 'id');
CREATE TRIGGER tell_ledger AFTER INSERT OR UPDATE OR DELETE ON his.documents
    FOR EACH ROW EXECUTE FUNCTION ledger_feed.changed('documents', 'id');
CREATE TRIGGER tell_ledger AFTER INSERT OR UPDATE OR DELETE ON his.entries
    FOR EACH ROW EXECUTE FUNCTION ledger_feed.changed('notes', 'id');
CREATE TRIGGER tell_ledger AFTER INSERT OR UPDATE OR DELETE ON his.results
    FOR EACH ROW EXECUTE FUNCTION ledger_feed.changed('observations', 'id');
