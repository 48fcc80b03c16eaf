-- One row per recording that could not be scored, the latest first.
CREATE OR REPLACE VIEW failed AS
SELECT failed_at, uri, call_id, code, message, runs.name AS run, run_id
FROM failed_calls
LEFT JOIN runs USING (run_id)
ORDER BY failed_at DESC, uri;

COMMENT ON VIEW failed IS 'One row per recording that could not be scored, the latest first. It is tried again by the next run.';
COMMENT ON COLUMN failed.failed_at IS 'When it failed last.';
COMMENT ON COLUMN failed.uri IS 'Where the recording was found.';
COMMENT ON COLUMN failed.call_id IS 'Identity of the call, where it is known.';
COMMENT ON COLUMN failed.code IS 'Reason as a code.';
COMMENT ON COLUMN failed.message IS 'Reason in words, and what to do.';
COMMENT ON COLUMN failed.run IS 'Name of the run that tried last.';
COMMENT ON COLUMN failed.run_id IS 'Run that tried last.';
